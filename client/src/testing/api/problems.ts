import { HttpResponse } from 'msw'

export function problem(status: number, code: string, detail: string, extra: object = {}) {
  const body = { type: `/api/docs/problems#${code}`, title: code, status, detail, code, retryable: status >= 500, request_id: 'req-0001', ...extra }
  return HttpResponse.json(body, { status, headers: { 'Content-Type': 'application/problem+json' } })
}

export const signedOut = () => problem(401, 'session_expired', 'Your session has expired.')
export const missing = (thing: string) => problem(404, `${thing}_not_found`, `There is no such ${thing}.`)

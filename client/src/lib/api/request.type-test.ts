/**
 * What must not compile; `npm run types` is the test. A line after `@ts-expect-error` that does
 * compile is an error itself, so a `request` that accepts anything fails this file. Never run,
 * never in a build.
 */
import { buildPath, request } from './request'

const id = '00000000-0000-4000-8000-000000000001'
const job = { path: { job_id: id } }
const video = { path: { video_id: id } }

export function paths(): void {
  // @ts-expect-error there is no such path
  request('get', '/api/nowhere', {})
  // @ts-expect-error the path has no such method
  request('delete', '/api/jobs', {})
  // @ts-expect-error a path with a name in it needs that name
  request('get', '/api/jobs/{job_id}')
  // @ts-expect-error and not another
  request('get', '/api/jobs/{job_id}', { params: video })
  // @ts-expect-error an address put together by hand
  request('get', `/api/jobs/${id}`, {})
  // @ts-expect-error the same for what EventSource opens
  buildPath('/api/jobs/{job_id}/events', { video_id: id })
}

export function queries(): void {
  // @ts-expect-error there is no such parameter
  request('get', '/api/jobs', { params: { query: { page: 2 } } })
  // @ts-expect-error a number is no text
  request('get', '/api/jobs', { params: { query: { limit: '2' } } })
  // @ts-expect-error no such order
  request('get', '/api/gallery/videos', { params: { query: { sort: 'newest' } } })
  // @ts-expect-error a parameter that must be there
  request('get', '/api/storage/download-url', { params: { query: { video_id: id } } })
}

export function bodies(): void {
  // @ts-expect-error a body that must be there
  request('post', '/api/auth/login')
  // @ts-expect-error a field that must be there
  request('post', '/api/auth/login', { body: { email: 'a@example.com' } })
  // @ts-expect-error a field of another type
  request('post', '/api/auth/login', { body: { email: 'a@example.com', password: 7 } })
  // @ts-expect-error a field too many
  request('post', '/api/auth/login', { body: { email: 'a@example.com', password: 'x', remember: true } })
  // @ts-expect-error a field misspelt where all may be left out
  request('patch', '/api/gallery/videos/{video_id}', { params: video, body: { titel: 'x' } })
  // @ts-expect-error a value that is none of those allowed
  request('post', '/api/jobs', { body: { video_id: id, output_formats: ['720p'], rate_control: 'fast' } })
  // @ts-expect-error a body where none is taken
  request('post', '/api/jobs/{job_id}/cancel', { params: job, body: { reason: 'x' } })
  // @ts-expect-error a header that this path does not know
  request('post', '/api/jobs/{job_id}/cancel', { params: { ...job, header: { 'Idempotency-Key': 'x' } } })
}

export async function answers(): Promise<void> {
  const { status }: { status: string } = await request('get', '/api/jobs/{job_id}', { params: job })
  // @ts-expect-error the answer is the document's
  const { state } = await request('get', '/api/jobs/{job_id}', { params: job })
  // @ts-expect-error 204 answers nothing
  const { ok } = await request('post', '/api/auth/resend-code', { body: { email: 'ada@example.com' } })
  void [status, state, ok]
}

import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { ProblemError } from './problem'
import { buildPath, onSignedOut, request } from './request'

const server = setupServer()
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

const id = '00000000-0000-4000-8000-000000000001'
const job = { path: { job_id: id } }

/** Answers every request, and records it. */
function listen(answer: () => Response = () => HttpResponse.json({})): Request[] {
  const asked: Request[] = []
  server.use(
    http.all('*/api/*', ({ request }) => {
      asked.push(request.clone())
      return answer()
    }),
  )
  return asked
}

async function failureOf(asking: Promise<unknown>): Promise<unknown> {
  return await asking.then(
    () => null,
    (error: unknown) => error,
  )
}

test('a change sends the client header, and JSON', async () => {
  const asked = listen()
  await request('post', '/api/jobs', {
    params: { header: { 'Idempotency-Key': 'key-1' } },
    body: { video_id: id, output_formats: ['720p'] },
  })
  expect(asked).toHaveLength(1)
  const [{ method, url, headers, credentials }] = asked as [Request]
  expect([method, new URL(url).pathname, credentials]).toEqual(['POST', '/api/jobs', 'same-origin'])
  expect(Object.fromEntries(headers)).toMatchObject({
    accept: 'application/json',
    'content-type': 'application/json',
    'idempotency-key': 'key-1',
    'x-videoforge-client': 'web',
  })
  expect(await asked[0]?.json()).toEqual({ video_id: id, output_formats: ['720p'] })
})

test('a GET has no body, and undefined parameters are left out', async () => {
  const asked = listen()
  await request('get', '/api/gallery/my-videos', { params: { query: { q: 'a&b', tag: undefined, cursor: null, deleted: true } } })
  expect(new URL(asked[0]?.url ?? '').search).toBe('?q=a%26b&deleted=true')
  expect(asked[0]?.headers.has('content-type')).toBe(false)
})

test('path parameters are escaped', async () => {
  const asked = listen()
  await request('get', '/api/jobs/{job_id}', { params: { path: { job_id: '../auth/me?x' } } })
  expect(new URL(asked[0]?.url ?? '').pathname).toBe('/api/jobs/..%2Fauth%2Fme%3Fx')
  expect(buildPath('/api/jobs/{job_id}/events', { job_id: 'a/b' })).toBe('/api/jobs/a%2Fb/events')
})

test('204 answers nothing', async () => {
  listen(() => new HttpResponse(null, { status: 204 }))
  expect(await request('post', '/api/auth/resend-code', { body: { email: 'ada@example.com' } })).toBeUndefined()
})

test("an error response rejects with the API's problem", async () => {
  listen(() => HttpResponse.json({ code: 'too_many', detail: 'Later.', retryable: true }, { status: 429, headers: { 'Retry-After': '7' } }))
  const error = await failureOf(request('get', '/api/jobs/{job_id}', { params: job }))
  expect(error).toBeInstanceOf(ProblemError)
  expect(error).toMatchObject({ code: 'too_many', status: 429, retryAfterSeconds: 7 })
})

test('an error page of a proxy is a problem as well', async () => {
  listen(() => new HttpResponse('<h1>Bad gateway</h1>', { status: 502 }))
  expect(await failureOf(request('get', '/api/auth/me'))).toMatchObject({ code: 'http_502', problem: { retryable: true } })
})

test('an unreachable server is retryable', async () => {
  listen(() => HttpResponse.error())
  expect(await failureOf(request('get', '/api/auth/me'))).toMatchObject({ code: 'unreachable', problem: { retryable: true } })
})

test('an aborted request rejects with the abort reason, not as a network problem', async () => {
  listen()
  const reason = new TypeError('left the page')
  const stop = new AbortController()
  const failure = failureOf(request('get', '/api/auth/me', { signal: stop.signal }))
  stop.abort(reason)
  expect(await failure).toBe(reason)
})

test('an ended session is reported; a wrong password ends none', async () => {
  listen(() => HttpResponse.json({ code: 'not_signed_in' }, { status: 401 }))
  const heard = vi.fn()
  const stop = onSignedOut(heard)
  await failureOf(request('post', '/api/auth/login', { body: { email: 'a@example.com', password: 'x' } }))
  expect(heard).not.toHaveBeenCalled()
  await failureOf(request('get', '/api/jobs/{job_id}', { params: job }))
  expect(heard).toHaveBeenCalledOnce()
  stop()
  await failureOf(request('get', '/api/jobs/{job_id}', { params: job }))
  expect(heard).toHaveBeenCalledOnce()
})

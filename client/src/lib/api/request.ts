/**
 * The one way to the API: same origin, session cookie, JSON both ways, problems as `ProblemError`.
 *
 * `X-VideoForge-Client: web` tells the API that a page of ours asks: it then gives no token to the page and
 * accepts changes made with the cookie (another site's page cannot send that header).
 */
import { buildUnreachable, readProblem } from './problem'

export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  query?: Query | undefined
  body?: unknown
  signal?: AbortSignal | undefined
  /** The same key and body within 24 h gives the same answer, so a lost answer can be asked for again. */
  idempotencyKey?: string
}

const signedOutListeners = new Set<() => void>()

/** Tells when the API says that the session has ended (401), whoever asked. Returns the way to stop. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener)
  return () => signedOutListeners.delete(listener)
}

export function buildUrl(path: string, query?: Query): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null || value === '') continue
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one))
  }
  const text = search.toString()
  return text ? `/api${path}?${text}` : `/api${path}`
}

/** Resolves to the answer's JSON (undefined for 204). Rejects with a ProblemError, or the abort's reason. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options)
  if (!response.ok) {
    const error = await readProblem(response)
    // A wrong password is a 401 too; it ends no session.
    if (error.status === 401 && !path.startsWith('/auth/')) signedOutListeners.forEach((listener) => listener())
    throw error
  }
  if (response.status === 204) return undefined as T
  return (await response.json()) as T
}

async function send(path: string, options: RequestOptions): Promise<Response> {
  const headers = new Headers({ Accept: 'application/json', 'X-VideoForge-Client': 'web' })
  if (options.body !== undefined) headers.set('Content-Type', 'application/json')
  if (options.idempotencyKey) headers.set('Idempotency-Key', options.idempotencyKey)
  try {
    return await fetch(buildUrl(path, options.query), {
      method: options.method ?? 'GET',
      headers,
      credentials: 'same-origin',
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ?? null,
    })
  } catch (error) {
    options.signal?.throwIfAborted()
    if (error instanceof TypeError) throw buildUnreachable()
    throw error
  }
}

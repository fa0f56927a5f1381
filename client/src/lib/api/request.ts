/**
 * The only way to call the API: same origin, session cookie, JSON both ways, errors as
 * `ProblemError`. Paths, parameters, bodies and responses are those of docs/openapi.json, so that a
 * wrong one does not compile.
 *
 * `X-VideoForge-Client: web` tells the API that one of our pages is asking: it then sends no token
 * to the page and accepts changes made with the cookie (a page of another site cannot send that
 * header).
 */
import createClient, { defaultPathSerializer, type ClientPathsWithMethod, type FetchOptions, type MaybeOptionalInit, type MethodResponse } from 'openapi-fetch'
import { buildUnreachable, readProblem } from './problem'
import type { paths } from './schema'

const signedOutListeners = new Set<() => void>()

/**
 * Calls the listener when the API says that the session has ended (401), whoever asked. Returns the
 * function that unsubscribes.
 */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener)
  return () => signedOutListeners.delete(listener)
}

const client = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: 'same-origin',
  headers: { Accept: 'application/json', 'X-VideoForge-Client': 'web' },
  // Looked up at each request: the in-memory API of the tests replaces it after this module is
  // loaded.
  fetch: (asked) => fetch(asked),
})

client.use({
  async onResponse({ response, schemaPath }) {
    if (response.ok) return
    const error = await readProblem(response)
    // A wrong password is a 401 too, and does not end a session.
    if (error.status === 401 && !schemaPath.startsWith('/api/auth/')) signedOutListeners.forEach((listener) => listener())
    throw error
  },
  onError({ error, request }) {
    request.signal.throwIfAborted()
    if (error instanceof TypeError) return buildUnreachable()
  },
})

type Client = typeof client
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
type Path<M extends Method> = ClientPathsWithMethod<Client, M>
type Given<M extends Method, P extends Path<M>> = Pick<FetchOptions<paths[P][M]>, 'params' | 'body' | 'signal'>
/** Optional where nothing is required. */
type GivenArguments<M extends Method, P extends Path<M>> = undefined extends MaybeOptionalInit<paths[P], M> ? [given?: Given<M, P>] : [given: Given<M, P>]
type Answer<M extends Method, P extends Path<M>> = [MethodResponse<Client, M, P>] extends [never] ? undefined : MethodResponse<Client, M, P>

/**
 * Resolves to the JSON of the response, nothing for 204. Rejects with a ProblemError, or the abort
 * reason.
 */
export async function request<M extends Method, P extends Path<M>>(method: M, path: P, ...given: GivenArguments<M, P>): Promise<Answer<M, P>> {
  // The argument types guarantee this; the generics of openapi-fetch cannot express it.
  const send = client.request as (method: Method, path: string, given?: object) => Promise<{ data?: unknown }>
  return (await send(method, path, ...given)).data as Answer<M, P>
}

/** The URL of a GET, for code that sends it itself (EventSource). */
export function buildPath<P extends Path<'get'>>(path: P, params: NonNullable<paths[P]['get']['parameters']['path']>): string {
  return defaultPathSerializer(path, params)
}

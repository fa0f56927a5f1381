/**
 * The API's error responses: RFC 9457 problem details.
 *
 * `code` is stable and selects the client's own text; `detail` and `hint` are the API's own
 * sentences, shown where the client has none. `request_id` is for support.
 */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: string
  retryable: boolean
  hint?: string | null
  errors?: { field: string; message: string }[] | null
  request_id: string
}

export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly problem: Problem
  /** From `Retry-After`, null where the API sent none. */
  readonly retryAfterSeconds: number | null

  constructor(problem: Problem, retryAfterSeconds: number | null = null) {
    super(problem.detail)
    this.problem = problem
    this.retryAfterSeconds = retryAfterSeconds
  }

  get code(): string {
    return this.problem.code
  }

  get status(): number {
    return this.problem.status
  }
}

/** The request got no response: no network, or the server is down. Status 0, always retryable. */
export function buildUnreachable(): ProblemError {
  return new ProblemError({
    type: 'about:blank',
    title: 'Unreachable',
    status: 0,
    detail: 'The server cannot be reached.',
    code: 'unreachable',
    retryable: true,
    request_id: '',
  })
}

export async function readProblem(response: Response): Promise<ProblemError> {
  const body: unknown = await response.json().catch(() => null)
  const given = typeof body === 'object' && body !== null ? (body as Partial<Problem>) : {}
  const problem: Problem = {
    type: given.type ?? 'about:blank',
    title: given.title ?? response.statusText,
    status: response.status,
    // A proxy in between may answer with a page of its own.
    detail: given.detail ?? `The server answered ${response.status}.`,
    code: given.code ?? `http_${response.status}`,
    retryable: given.retryable ?? response.status >= 500,
    hint: given.hint ?? null,
    errors: given.errors ?? null,
    request_id: given.request_id ?? response.headers.get('X-Request-Id') ?? '',
  }
  const seconds = Number(response.headers.get('Retry-After'))
  return new ProblemError(problem, Number.isFinite(seconds) && seconds > 0 ? seconds : null)
}

export function isProblem(error: unknown, code?: string): error is ProblemError {
  return error instanceof ProblemError && (code === undefined || error.code === code)
}

/** Any error as a problem, so that every error view gets the same shape. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  return {
    type: 'about:blank',
    title: 'Fault in the page',
    status: 0,
    detail: error instanceof Error ? error.message : String(error),
    code: 'client_fault',
    retryable: true,
    request_id: '',
  }
}

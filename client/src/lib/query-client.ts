import { QueryClient } from '@tanstack/react-query'
import { ProblemError } from './api/problem'

const MOST_TRIES = 3
/** What was sent may be a password, and nobody asks for it again; clearing the client takes away answers alone. */
const SENT_KEPT_MS = 1000

/** Asks again only where the API says that another try may help. */
export function shouldRetry(failures: number, error: Error): boolean {
  return failures < MOST_TRIES && error instanceof ProblemError && error.problem.retryable
}

export function buildQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: shouldRetry,
        retryDelay: (attempt, error) => {
          const asked = error instanceof ProblemError ? error.retryAfterSeconds : null
          return asked === null ? Math.min(1000 * 2 ** attempt, 10_000) : asked * 1000
        },
        staleTime: 15_000,
      },
      mutations: { retry: false, gcTime: SENT_KEPT_MS },
    },
  })
}

/**
 * Leaves nothing of the API's answers in memory; for when nobody looks at them any more, since whoever stops
 * looking at one starts a timer that holds it for minutes.
 */
export function forgetAnswers(client: QueryClient): void {
  const queries = client.getQueryCache().getAll()
  client.clear()
  // What was being asked for is broken off by that, ends a moment later, and starts such a timer again.
  setTimeout(() => queries.forEach((query) => query.destroy()))
}

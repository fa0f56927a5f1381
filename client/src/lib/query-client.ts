import { QueryClient } from '@tanstack/react-query'
import { ProblemError } from './api/problem'

const MOST_TRIES = 3

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
      mutations: { retry: false },
    },
  })
}

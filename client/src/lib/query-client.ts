import { QueryClient } from '@tanstack/react-query'
import type { Job } from './api/models'
import { ProblemError } from './api/problem'
import { mergeJob } from './job/merge-job'
import { jobsKey } from './requests/get-job'

const MAX_TRIES = 3
/**
 * Mutations may contain a password and are never read again; `clear()` removes only query data, so
 * they are dropped after a second.
 */
const SENT_KEPT_MS = 1000

/** Retries only where the API says that a retry may help. */
export function shouldRetry(failures: number, error: Error): boolean {
  return failures < MAX_TRIES && error instanceof ProblemError && error.problem.retryable
}

export function buildQueryClient(): QueryClient {
  const client = new QueryClient({
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
  // Whatever brings a newer state of a job, an answer or an event, is merged into the known one.
  client.setQueryDefaults(jobsKey, { structuralSharing: (known, next) => mergeJob(known as Job | undefined, next as Job) })
  return client
}

/**
 * Removes all API data from memory, after the last observer is gone: an observer that unsubscribes
 * starts a timer that keeps its data for minutes.
 */
export function forgetAnswers(client: QueryClient): void {
  const queries = client.getQueryCache().getAll()
  client.clear()
  // Clearing aborts running requests; they end a moment later and start such a timer again.
  setTimeout(() => queries.forEach((query) => query.destroy()))
}

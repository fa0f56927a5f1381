/**
 * One's own jobs that wait or work, for pages that show many of them: two requests every few seconds, however
 * many there are, and only while the page is looked at. The page of one job has a stream of its own.
 */
import { queryOptions, useQuery } from '@tanstack/react-query'
import type { Job } from '@/lib/api/models'
import { request } from '@/lib/api/request'
import { jobQuery } from '@/lib/requests/get-job'
import { mergeJob } from './merge-job'

const BUSY_MS = 3000
/** While nothing goes on here: another tab or a program may begin something. */
const IDLE_MS = 20_000
/** After an answer that failed, tried again in between as any other. */
const FAILED_MS = 30_000

/** A job that starts in between is in both answers, for this order; in the other one it could be in neither. */
const STATUSES = ['pending', 'processing'] as const

export const activeJobsQuery = queryOptions({
  queryKey: ['jobs', 'active'],
  queryFn: async ({ client, signal }): Promise<Job[]> => {
    const found = new Map<string, Job>()
    for (const status of STATUSES) {
      const { items } = await request('get', '/api/jobs', { params: { query: { status, limit: 100 } }, signal })
      for (const job of items) found.set(job.id, job)
    }
    // Whoever shows one of them shows the same, and never less than before.
    return [...found.values()].map((job) => client.setQueryData<Job>(jobQuery(job.id).queryKey, (known) => mergeJob(known, job)) ?? job)
  },
  staleTime: 0,
  refetchInterval: ({ state }) => (state.status === 'error' ? FAILED_MS : state.data?.length ? BUSY_MS : IDLE_MS),
})

export function useActiveJobs(isEnabled: boolean): readonly Job[] | undefined {
  return useQuery({ ...activeJobsQuery, enabled: isEnabled }).data
}

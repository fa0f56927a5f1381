/**
 * The user's queued and running jobs, for pages that show many of them: two requests every few
 * seconds, however many jobs there are, and only while the page is visible. The page of one job has
 * its own event stream.
 */
import { queryOptions, useQuery } from '@tanstack/react-query'
import type { Job } from '@/lib/api/models'
import { request } from '@/lib/api/request'
import { LIMITS } from '@/lib/api/vocabulary'
import { jobQuery } from '@/lib/requests/get-job'

const BUSY_MS = 3000
/** While no job is active: another tab or a program may start one. */
const IDLE_MS = 20_000
/** After a failed request, which TanStack Query has retried already. */
const FAILED_MS = 30_000

/**
 * In this order a job that starts between the two requests is in both answers; in the other order
 * it could be in neither.
 */
const STATUSES = ['pending', 'processing'] as const

export const activeJobsQuery = queryOptions({
  queryKey: ['jobs', 'active'],
  queryFn: async ({ client, signal }): Promise<Job[]> => {
    const found = new Map<string, Job>()
    for (const status of STATUSES) {
      const { items } = await request('get', '/api/jobs', { params: { query: { status, limit: LIMITS.pageItems } }, signal })
      for (const job of items) found.set(job.id, job)
    }
    // Every view of the same job shows the same progress, and never less than before.
    return [...found.values()].map((job) => client.setQueryData(jobQuery(job.id).queryKey, job) ?? job)
  },
  staleTime: 0,
  refetchInterval: ({ state }) => (state.status === 'error' ? FAILED_MS : state.data?.length ? BUSY_MS : IDLE_MS),
})

export function useActiveJobs(isEnabled: boolean): readonly Job[] | undefined {
  return useQuery({ ...activeJobsQuery, enabled: isEnabled }).data
}

/** What administrators may see, asked for again every few seconds while the page is open. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'
import type { Job, JobStatus, Page, Processor, QueueState, Stats, Task, TaskCounts } from '@/lib/api/models'

const REFRESH_MS = 5000

export const queueQuery = queryOptions({
  queryKey: ['admin', 'queue'],
  queryFn: ({ signal }) => request<QueueState>('/admin/queue', { signal }),
  refetchInterval: REFRESH_MS,
})

export const statsQuery = queryOptions({
  queryKey: ['admin', 'stats'],
  queryFn: ({ signal }) => request<Stats>('/admin/stats', { signal }),
  refetchInterval: REFRESH_MS * 2,
})

export const processorsQuery = queryOptions({
  queryKey: ['admin', 'processors'],
  queryFn: ({ signal }) => request<{ items: Processor[] }>('/admin/processors', { signal }),
  refetchInterval: REFRESH_MS,
})

/** The tasks under way, with the counts of all. */
export const tasksQuery = queryOptions({
  queryKey: ['admin', 'tasks'],
  queryFn: ({ signal }) => request<Page<Task> & { counts: TaskCounts }>('/admin/tasks', { query: { status: 'running', limit: 100 }, signal }),
  refetchInterval: REFRESH_MS,
})

export const allJobsQuery = (status: JobStatus | undefined) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'jobs', status],
    queryFn: ({ signal, pageParam }) => request<Page<Job>>('/admin/jobs', { query: { status, cursor: pageParam, limit: 25 }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    refetchInterval: REFRESH_MS,
  })

/** Data for administrators, refreshed every few seconds while the page is open. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'
import type { JobStatus } from '@/lib/api/models'
import { LIMITS } from '@/lib/api/vocabulary'

const REFRESH_MS = 5000

export const queueQuery = queryOptions({
  queryKey: ['admin', 'queue'],
  queryFn: ({ signal }) => request('get', '/api/admin/queue', { signal }),
  refetchInterval: REFRESH_MS,
})

export const statsQuery = queryOptions({
  queryKey: ['admin', 'stats'],
  queryFn: ({ signal }) => request('get', '/api/admin/stats', { signal }),
  refetchInterval: REFRESH_MS * 2,
})

export const processorsQuery = queryOptions({
  queryKey: ['admin', 'processors'],
  queryFn: ({ signal }) => request('get', '/api/admin/processors', { signal }),
  refetchInterval: REFRESH_MS,
})

/** The running tasks, with the counts of all. */
export const tasksQuery = queryOptions({
  queryKey: ['admin', 'tasks'],
  queryFn: ({ signal }) => request('get', '/api/admin/tasks', { params: { query: { status: 'running', limit: LIMITS.pageItems } }, signal }),
  refetchInterval: REFRESH_MS,
})

export const allJobsQuery = (status: JobStatus | undefined) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'jobs', status],
    queryFn: ({ signal, pageParam }) => request('get', '/api/admin/jobs', { params: { query: { status, cursor: pageParam, limit: 25 } }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: REFRESH_MS,
  })

/** The user's usage, or for administrators that of all users together. */
import { queryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'

export const ownUsageQuery = queryOptions({
  queryKey: ['usage'],
  queryFn: ({ signal }) => request('get', '/api/storage/usage', { signal }),
  staleTime: 0, // uploads and jobs change it
})

export const allUsageQuery = queryOptions({
  queryKey: ['admin', 'usage'],
  queryFn: ({ signal }) => request('get', '/api/admin/usage', { signal }),
  refetchInterval: 10_000,
})

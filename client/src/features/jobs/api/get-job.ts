import { queryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'
import type { Job } from '@/lib/api/models'

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', id],
    queryFn: ({ signal }) => request<Job>(`/jobs/${encodeURIComponent(id)}`, { signal }),
  })

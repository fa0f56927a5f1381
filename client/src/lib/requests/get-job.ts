import { queryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', id],
    queryFn: ({ signal }) => request('get', '/api/jobs/{job_id}', { params: { path: { job_id: id } }, signal }),
  })

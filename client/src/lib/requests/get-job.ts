import { queryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'

/** Every key of a job starts with it; lib/query-client.ts merges what is written there. */
export const jobsKey = ['job'] as const

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: [...jobsKey, id],
    queryFn: ({ signal }) => request('get', '/api/jobs/{job_id}', { params: { path: { job_id: id } }, signal }),
  })

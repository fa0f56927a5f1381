import { request } from '@/lib/api/request'

/** Runs the same job again from the start. */
export function retryJob(id: string) {
  return request('post', '/api/jobs/{job_id}/retry', { params: { path: { job_id: id } } })
}

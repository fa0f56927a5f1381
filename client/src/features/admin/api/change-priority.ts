import { request } from '@/lib/api/request'

/** Moves a job that waits; a job of higher priority is sent first. */
export function changePriority(id: string, priority: number) {
  return request('patch', '/api/admin/jobs/{job_id}', { params: { path: { job_id: id } }, body: { priority } })
}

import { request } from '@/lib/api/request'

/** Changes the priority of a queued job; higher priorities are sent first. */
export function changePriority(id: string, priority: number) {
  return request('patch', '/api/admin/jobs/{job_id}', { params: { path: { job_id: id } }, body: { priority } })
}

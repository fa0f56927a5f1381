import { request } from '@/lib/api/request'
import type { Job } from '@/lib/api/models'

/** Moves a job that waits; a job of higher priority is sent first. */
export function changePriority(id: string, priority: number): Promise<Job> {
  return request(`/admin/jobs/${encodeURIComponent(id)}`, { method: 'PATCH', body: { priority } })
}

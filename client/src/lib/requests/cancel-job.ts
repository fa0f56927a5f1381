import { request } from '@/lib/api/request'
import type { Job } from '@/lib/api/models'

/** Stops one's own job, or as an administrator anybody's, which has an address of its own. */
export function cancelJob(id: string, as: 'owner' | 'admin' = 'owner'): Promise<Job> {
  const jobs = as === 'admin' ? '/admin/jobs' : '/jobs'
  return request(`${jobs}/${encodeURIComponent(id)}/cancel`, { method: 'POST', body: {} })
}

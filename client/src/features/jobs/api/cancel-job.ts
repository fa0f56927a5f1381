import { request } from '@/lib/api/request'
import type { Job } from '@/lib/api/models'

export function cancelJob(id: string): Promise<Job> {
  return request(`/jobs/${encodeURIComponent(id)}/cancel`, { method: 'POST', body: {} })
}

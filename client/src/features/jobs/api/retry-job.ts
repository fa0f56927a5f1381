import { request } from '@/lib/api/request'
import type { Job } from '@/lib/api/models'

/** The same job, once more from the start. */
export function retryJob(id: string): Promise<Job> {
  return request(`/jobs/${encodeURIComponent(id)}/retry`, { method: 'POST', body: {} })
}

import { request } from '@/lib/api/request'
import type { Format, Job } from '@/lib/api/models'

/** With the same key the API gives the same job, so a lost answer makes no second one. */
export function startJob(videoId: string, output_formats: Format[], idempotencyKey: string): Promise<Job> {
  return request('/jobs', { method: 'POST', body: { video_id: videoId, output_formats }, idempotencyKey })
}

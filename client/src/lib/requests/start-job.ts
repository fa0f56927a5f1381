import { request } from '@/lib/api/request'
import type { Format } from '@/lib/api/models'

/** With the same key the API gives the same job, so a lost answer makes no second one. */
export function startJob(videoId: string, output_formats: Format[], idempotencyKey: string) {
  return request('post', '/api/jobs', { params: { header: { 'Idempotency-Key': idempotencyKey } }, body: { video_id: videoId, output_formats } })
}

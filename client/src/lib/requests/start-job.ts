import { request } from '@/lib/api/request'
import type { Format } from '@/lib/api/models'

/**
 * The same key returns the same job, so a retry after a lost response does not start a second one.
 * A format that the video already has is made again and replaced when the job is done.
 */
export function startJob(videoId: string, output_formats: Format[], idempotencyKey: string) {
  return request('post', '/api/jobs', {
    params: { header: { 'Idempotency-Key': idempotencyKey } },
    body: { video_id: videoId, output_formats, replace: true },
  })
}

import { request } from '@/lib/api/request'
import type { Visibility } from '@/lib/api/models'

export interface Confirmation {
  s3_key: string
  title: string
  description: string
  tags: string[]
  visibility: Visibility
}

/**
 * Turns the uploaded object into a video. A second call for the same object returns the same video.
 */
export function confirmUpload(given: Confirmation) {
  return request('post', '/api/upload/confirm', { body: given })
}

import { request } from '@/lib/api/request'
import type { Visibility } from '@/lib/api/models'

export interface VideoChange {
  title?: string
  description?: string
  tags?: string[]
  visibility?: Visibility
}

export function saveVideo(videoId: string, change: VideoChange) {
  return request('patch', '/api/gallery/videos/{video_id}', { params: { path: { video_id: videoId } }, body: change })
}

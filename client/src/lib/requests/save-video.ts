import { request } from '@/lib/api/request'
import type { Video, Visibility } from '@/lib/api/models'

export interface VideoChange {
  title?: string
  description?: string
  tags?: string[]
  visibility?: Visibility
}

export function saveVideo(videoId: string, change: VideoChange): Promise<Video> {
  return request(`/gallery/videos/${encodeURIComponent(videoId)}`, { method: 'PATCH', body: change })
}

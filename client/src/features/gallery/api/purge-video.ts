import { request } from '@/lib/api/request'

/** Removes a video and all its files for good. */
export function purgeVideo(id: string): Promise<void> {
  return request(`/gallery/videos/${encodeURIComponent(id)}`, { method: 'DELETE', query: { purge: true } })
}

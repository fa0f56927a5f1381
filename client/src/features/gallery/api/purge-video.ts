import { request } from '@/lib/api/request'

/** Permanently deletes a video and all its files. */
export function purgeVideo(id: string) {
  return request('delete', '/api/gallery/videos/{video_id}', { params: { path: { video_id: id }, query: { purge: true } } })
}

import { request } from '@/lib/api/request'

export function trashVideo(id: string) {
  return request('delete', '/api/gallery/videos/{video_id}', { params: { path: { video_id: id } } })
}

export function restoreVideo(id: string) {
  return request('post', '/api/gallery/videos/{video_id}/restore', { params: { path: { video_id: id } }, body: {} })
}

import { request } from '@/lib/api/request'
import type { Video } from '@/lib/api/models'

const one = (id: string) => `/gallery/videos/${encodeURIComponent(id)}`

export function trashVideo(id: string): Promise<void> {
  return request(one(id), { method: 'DELETE' })
}

export function restoreVideo(id: string): Promise<Video> {
  return request(`${one(id)}/restore`, { method: 'POST', body: {} })
}

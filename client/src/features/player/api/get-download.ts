import { request } from '@/lib/api/request'

/** A signed address that saves the file; `source` is the owner's own upload. */
export function getDownload(videoId: string, format: string): Promise<{ url: string }> {
  return request('/storage/download-url', { query: { video_id: videoId, format } })
}

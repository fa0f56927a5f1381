import { request } from '@/lib/api/request'

/** A signed address that saves the owner's own upload, byte for byte. */
export function getSourceDownload(videoId: string): Promise<{ url: string }> {
  return request('/storage/download-url', { query: { video_id: videoId, format: 'source' } })
}

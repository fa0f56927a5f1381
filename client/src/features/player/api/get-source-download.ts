import { request } from '@/lib/api/request'

/** A signed address that saves the owner's own upload, byte for byte. */
export function getSourceDownload(videoId: string) {
  return request('get', '/api/storage/download-url', { params: { query: { video_id: videoId, format: 'source' } } })
}

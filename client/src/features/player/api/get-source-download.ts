import { request } from '@/lib/api/request'

/** A signed URL that downloads the owner's upload, byte for byte. */
export function getSourceDownload(videoId: string) {
  return request('get', '/api/storage/download-url', { params: { query: { video_id: videoId, format: 'source' } } })
}

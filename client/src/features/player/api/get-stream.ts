import { queryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'
import type { Stream } from '@/lib/api/models'

/**
 * Rewrites URLs to the page's own origin: what the API signs for its public address works by its
 * path alone.
 */
function toPath(url: string): string {
  const { pathname, search } = new URL(url, window.location.origin)
  return pathname + search
}

/**
 * Fetched once, because each request may count a view. The player fetches it again when its links
 * have expired.
 */
export const streamQuery = (videoId: string) =>
  queryOptions({
    queryKey: ['stream', videoId],
    queryFn: async ({ signal }): Promise<Stream> => {
      const stream = await request('get', '/api/stream/{video_id}', { params: { path: { video_id: videoId } }, signal })
      return {
        ...stream,
        hls_url: toPath(stream.hls_url),
        renditions: stream.renditions.map((rendition) => ({ ...rendition, mp4_url: toPath(rendition.mp4_url) })),
        storyboard_url: stream.storyboard_url && toPath(stream.storyboard_url),
      }
    },
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })

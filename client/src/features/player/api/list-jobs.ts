import { queryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'

/** The latest job of a video, for its owner. */
export const latestJobQuery = (videoId: string) =>
  queryOptions({
    queryKey: ['latest-job', videoId],
    queryFn: async ({ signal }) => {
      const { items } = await request('get', '/api/jobs', { params: { query: { video_id: videoId, limit: 1 } }, signal })
      return items[0] ?? null
    },
  })

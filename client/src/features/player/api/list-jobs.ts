import { queryOptions, useQuery } from '@tanstack/react-query'
import type { Job } from '@/lib/api/models'
import { request } from '@/lib/api/request'

const latestJobQuery = (videoId: string) =>
  queryOptions({
    queryKey: ['latest-job', videoId],
    queryFn: async ({ signal }) => {
      const { items } = await request('get', '/api/jobs', { params: { query: { video_id: videoId, limit: 1 } }, signal })
      return items[0] ?? null
    },
  })

/** The latest job of a video; `isWanted` is for its owner only. */
export function useLatestJob(videoId: string, isWanted: boolean): Job | null | undefined {
  return useQuery({ ...latestJobQuery(videoId), enabled: isWanted }).data
}

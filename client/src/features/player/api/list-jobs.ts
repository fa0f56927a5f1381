import { queryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'
import type { Job, Page } from '@/lib/api/models'

/** The latest job of a video, for its owner. */
export const latestJobQuery = (videoId: string) =>
  queryOptions({
    queryKey: ['latest-job', videoId],
    queryFn: async ({ signal }) => (await request<Page<Job>>('/jobs', { query: { video_id: videoId, limit: 1 }, signal })).items[0] ?? null,
  })

import { queryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'
import type { Video } from '@/lib/api/models'

export const videoQuery = (id: string) =>
  queryOptions({
    queryKey: ['video', id],
    queryFn: ({ signal }) => request<Video>(`/gallery/videos/${encodeURIComponent(id)}`, { signal }),
  })

import { queryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'
import type { Video } from '@/lib/api/models'

export const videoQuery = (id: string) =>
  queryOptions({
    queryKey: ['video', id],
    queryFn: ({ signal }): Promise<Video> => request('get', '/api/gallery/videos/{video_id}', { params: { path: { video_id: id } }, signal }),
  })

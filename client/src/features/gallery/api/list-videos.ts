import { infiniteQueryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'
import type { Page, Video } from '@/lib/api/models'
import type { MineSearch } from '@/lib/gallery-search'

export type Kind = 'public' | 'mine'

const PAGE_SIZE = 50

export const videosQuery = (kind: Kind, search: MineSearch) => {
  const { q, tag, sort, status, visibility, trash } = search
  const own = kind === 'mine' ? { status, visibility, deleted: trash || undefined } : {}
  const filter = { q, tag, sort, ...own }
  return infiniteQueryOptions({
    queryKey: ['videos', kind, filter],
    queryFn: ({ signal, pageParam }) =>
      request<Page<Video>>(kind === 'mine' ? '/gallery/my-videos' : '/gallery/videos', {
        query: { ...filter, cursor: pageParam, limit: PAGE_SIZE },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  })
}

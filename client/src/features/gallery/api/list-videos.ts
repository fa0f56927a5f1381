import { infiniteQueryOptions, type InfiniteData, type Query } from '@tanstack/react-query'
import { request } from '@/lib/api/request'
import type { MineSearch } from '@/lib/gallery-search'

export type Kind = 'public' | 'mine'

const PAGE_SIZE = 50
/**
 * A list is refetched with one request per page, one after the other; for a long list that would
 * take minutes.
 */
const MAX_REFETCHED_PAGES = 4

const isShort = ({ state }: Pick<Query, 'state'>): boolean =>
  ((state.data as InfiniteData<unknown> | undefined)?.pages.length ?? 0) <= MAX_REFETCHED_PAGES

export const videosQuery = (kind: Kind, search: MineSearch) => {
  const { q, tag, sort, status, visibility, trash } = search
  const shared = { q, tag, sort }
  const filter = kind === 'mine' ? { ...shared, status, visibility, deleted: trash || undefined } : shared
  return infiniteQueryOptions({
    queryKey: ['videos', kind, filter],
    queryFn: ({ signal, pageParam }) => {
      const page = { cursor: pageParam, limit: PAGE_SIZE }
      return kind === 'mine'
        ? request('get', '/api/gallery/my-videos', { params: { query: { ...filter, ...page } }, signal })
        : request('get', '/api/gallery/videos', { params: { query: { ...shared, ...page } }, signal })
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    // After the user's own changes the list is refetched whatever its length.
    refetchOnMount: isShort,
    refetchOnReconnect: isShort,
    refetchOnWindowFocus: isShort,
  })
}

import { useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '@/components/page-header'
import { ProblemNotice } from '@/components/problem-notice'
import { cn } from '@/lib/class-names'
import type { MineSearch } from '@/lib/gallery-search'
import { usePageTitle } from '@/lib/use-page-title'
import { videosQuery, type Kind } from '../api/list-videos'
import { useLiveVideos } from '../state/use-live-videos'
import { EmptyGallery } from './empty-gallery'
import { FilterBar } from './filter-bar'
import { GridSkeleton } from './grid-skeleton'
import { SelectionBar } from './selection-bar'
import { VideoGrid } from './video-grid'

interface GalleryPageProps {
  kind: Kind
  search: MineSearch
  onSearch: (change: Partial<MineSearch>) => void
  actions?: ReactNode
}

const NO_FILTERS: Partial<MineSearch> = { q: undefined, tag: undefined, status: undefined, visibility: undefined }
const NONE: ReadonlySet<string> = new Set()

/** Public videos, the user's own videos, or the user's trash: one component for three addresses. */
export function GalleryPage({ kind, search, onSearch, actions }: GalleryPageProps) {
  const { t } = useTranslation('gallery')
  const [selected, setSelected] = useState(NONE)
  /** Where a range selection starts. */
  const lastId = useRef<string | null>(null)
  const videos = useInfiniteQuery({ ...videosQuery(kind, search), placeholderData: (known) => known })
  const items = useMemo(() => videos.data?.pages.flatMap((page) => page.items) ?? [], [videos.data])
  const isTrash = search.trash ?? false
  const live = useLiveVideos(items, kind === 'mine' && !isTrash)
  const page = isTrash ? 'trash' : kind
  const isFiltered = Boolean(search.q || search.tag || search.status || search.visibility)
  usePageTitle(t(`${page}.title`))

  const { fetchNextPage, hasNextPage, isFetching } = videos
  const onNearEnd = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage()
  }, [fetchNextPage, hasNextPage, isFetching])
  const shownIds = items.map((video) => video.id)
  const onSelect = (id: string, isSelected: boolean, isRange: boolean) => {
    const next = new Set(selected)
    const ends = [id, isRange && lastId.current ? lastId.current : id].map((end) => shownIds.indexOf(end))
    for (const one of shownIds.slice(Math.min(...ends), Math.max(...ends) + 1)) {
      if (isSelected) next.add(one)
      else next.delete(one)
    }
    lastId.current = id
    setSelected(next)
  }
  const chosen = shownIds.filter((id) => selected.has(id))
  const description = page === 'mine' ? undefined : t(`${page}.text`)

  return (
    <>
      <PageHeader title={t(`${page}.title`)} description={description} actions={actions} />
      <FilterBar kind={kind} search={search} onChange={onSearch} />
      {chosen.length > 0 && (
        <SelectionBar
          ids={chosen}
          shownCount={items.length}
          isTrash={isTrash}
          onSelectAll={() => setSelected(new Set(shownIds))}
          onClear={() => setSelected(NONE)}
        />
      )}
      {videos.isError && <ProblemNotice error={videos.error} onRetry={() => void videos.refetch()} />}
      {videos.isPending && <GridSkeleton />}
      {videos.isSuccess && items.length === 0 && (
        <EmptyGallery kind={kind} isFiltered={isFiltered} isTrash={isTrash} onClear={() => onSearch(NO_FILTERS)} />
      )}
      {items.length > 0 && (
        <VideoGrid
          videos={live}
          view={search.view ?? 'grid'}
          isOwn={kind === 'mine'}
          isTrash={isTrash}
          selected={selected}
          onSelect={kind === 'mine' ? onSelect : null}
          onNearEnd={onNearEnd}
        />
      )}
      <p role="status" className={cn('mt-8 text-center text-sm text-ink-faint', chosen.length > 0 && 'pb-24')}>
        {videos.isFetchingNextPage && t('loading_more')}
        {items.length > 12 && !hasNextPage && t('end')}
      </p>
    </>
  )
}

import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useColumns } from '../state/use-columns'
import type { LiveVideo } from '../state/use-live-videos'
import { VideoCard } from './video-card'
import { VideoRow } from './video-row'

const GAP_PX = 20
const LIST_ROW_PX = 84
/** Two lines of title and one of facts below the picture. */
const CARD_TEXT_PX = 84

interface VideoGridProps {
  videos: readonly LiveVideo[]
  view: 'grid' | 'list'
  isOwn: boolean
  selected: ReadonlySet<string>
  onSelect: ((id: string, selected: boolean) => void) | null
  /** Called when the end of what is loaded comes near. */
  onNearEnd: () => void
}

/** Draws only the rows that are in sight, so that ten thousand videos scroll like ten. */
export function VideoGrid({ videos, view, isOwn, selected, onSelect, onNearEnd }: VideoGridProps) {
  const { t } = useTranslation('gallery')
  const ref = useRef<HTMLDivElement>(null)
  const size = useColumns(ref)
  const columns = view === 'list' ? 1 : size.columns
  const rowHeight = view === 'list' ? LIST_ROW_PX : Math.round((size.columnWidth * 9) / 16) + CARD_TEXT_PX
  const rowCount = Math.ceil(videos.length / columns)
  const virtualizer = useWindowVirtualizer({
    count: rowCount,
    estimateSize: () => rowHeight,
    gap: view === 'list' ? 0 : GAP_PX,
    overscan: 3,
    scrollMargin: size.top,
  })
  useEffect(() => virtualizer.measure(), [rowHeight, virtualizer])
  const rows = virtualizer.getVirtualItems()
  const last = rows.at(-1)?.index ?? 0
  useEffect(() => {
    if (rowCount > 0 && last >= rowCount - 4) onNearEnd()
  }, [last, onNearEnd, rowCount])
  const Item = view === 'list' ? VideoRow : VideoCard
  return (
    <div ref={ref} role="list" aria-label={t('count_shown', { count: videos.length })} className="relative" style={{ height: virtualizer.getTotalSize() }}>
      {rows.map((row) => (
        <div
          key={row.key}
          role="presentation"
          className="absolute inset-x-0 top-0 grid gap-5"
          style={{
            height: rowHeight,
            gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            transform: `translateY(${row.start - size.top}px)`,
          }}
        >
          {videos.slice(row.index * columns, (row.index + 1) * columns).map(({ video, job }) => (
            <div key={video.id} role="listitem" className="min-w-0">
              <Item
                video={video}
                job={job}
                isOwn={isOwn}
                isSelected={selected.has(video.id)}
                onSelect={onSelect && ((isSelected) => onSelect(video.id, isSelected))}
              />
            </div>
          ))}
        </div>
      ))}
    </div>
  )
}

import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useColumns } from '../state/use-columns'
import type { LiveVideo } from '../state/use-live-videos'
import { VideoCard } from './video-card'
import { VideoRow } from './video-row'

const GAP_PX = 20
const LIST_ROW_REM = 5.25
/** Two title lines and one line of details below the thumbnail. With more text the row grows. */
const CARD_TEXT_REM = 5.25

interface VideoGridProps {
  videos: readonly LiveVideo[]
  view: 'grid' | 'list'
  isOwn: boolean
  selected: ReadonlySet<string>
  isTrash: boolean
  /** `isRange` selects everything between this video and the previous one. */
  onSelect: ((id: string, selected: boolean, isRange: boolean) => void) | null
  /** Called when the end of the loaded part comes near. */
  onNearEnd: () => void
}

/** Shift-click selects a range of videos and must not select text. */
function keepText(event: React.MouseEvent): void {
  if (event.shiftKey) event.preventDefault()
}

/** Renders only the visible rows, so that ten thousand videos scroll as smoothly as ten. */
export function VideoGrid({ videos, view, isOwn, isTrash, selected, onSelect, onNearEnd }: VideoGridProps) {
  const { t } = useTranslation('gallery')
  const ref = useRef<HTMLDivElement>(null)
  const size = useColumns(ref)
  const columns = view === 'list' ? 1 : size.columns
  const pictureHeight = (size.columnWidth * 9) / 16
  const rowHeight = Math.round(view === 'list' ? LIST_ROW_REM * size.remPx : pictureHeight + CARD_TEXT_REM * size.remPx)
  const rowCount = Math.ceil(videos.length / columns)
  const virtualizer = useWindowVirtualizer({
    count: rowCount,
    estimateSize: () => rowHeight,
    measureElement: (row) => Math.max(rowHeight, (row as HTMLElement).offsetHeight),
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
    // This handler only prevents text selection; the controls are inside the cards.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div ref={ref} role="list" aria-label={t('count_shown', { count: videos.length })} className="relative" onMouseDown={keepText} style={{ height: virtualizer.getTotalSize() }}>
      {rows.map((row) => (
        <div
          key={row.key}
          ref={virtualizer.measureElement}
          data-index={row.index}
          role="presentation"
          className="absolute inset-x-0 top-0 grid gap-5"
          style={{
            minHeight: rowHeight,
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
                isTrash={isTrash}
                isSelected={selected.has(video.id)}
                onSelect={onSelect && ((isSelected, isRange) => onSelect(video.id, isSelected, isRange))}
              />
            </div>
          ))}
        </div>
      ))}
    </div>
  )
}

import { useTranslation } from 'react-i18next'
import { CheckBox } from '@/components/check-box'
import { cn } from '@/lib/class-names'
import { formatBytes, formatCount } from '@/lib/format'
import { JobBadge } from './job-badge'
import { Poster } from './poster'
import { StatusBadge } from './status-badge'
import { VideoLink } from './video-link'
import { VideoTime } from './video-time'
import type { VideoItemProps } from './video-card'
import { VisibilityMark } from './visibility-mark'

/** A row of the list: more details, smaller thumbnail. */
export function VideoRow({ video, job, isOwn, isSelected, isTrash, onSelect }: VideoItemProps) {
  const { t, i18n } = useTranslation('gallery')
  const formats = video.renditions.map((rendition) => rendition.format).toReversed().join(', ')
  return (
    <article className={cn('group flex h-full items-center gap-3 rounded-xl px-2 hover:bg-surface sm:gap-4', isSelected && 'bg-ember-soft forced-colors:outline-2 forced-colors:outline-[Highlight]')}>
      {onSelect && <CheckBox label={t('select', { title: video.title })} isLabelHidden isChecked={isSelected} onChange={onSelect} className="p-1" />}
      <VideoLink id={video.id} isTrash={isTrash} className="flex min-w-0 grow items-center gap-3 rounded-lg sm:gap-4">
        <Poster video={video} className="w-24 shrink-0 rounded-lg sm:w-28" />
        <span className="min-w-0">
          <span className="line-clamp-1 font-medium break-all">{video.title}</span>
          <span className="line-clamp-1 text-sm text-ink-faint">{video.description || video.original_filename}</span>
        </span>
      </VideoLink>
      <div className="hidden w-28 shrink-0 text-sm text-ink-soft md:block">{job ? <JobBadge job={job} /> : isOwn ? <StatusBadge status={video.status} /> : formats}</div>
      {isOwn && (
        <div className="hidden w-32 shrink-0 text-sm text-ink-soft md:block">
          <VisibilityMark visibility={video.visibility} />
        </div>
      )}
      <div className="hidden w-20 shrink-0 text-end text-sm text-ink-soft tabular-nums lg:block">
        {video.file_size_bytes !== null && formatBytes(video.file_size_bytes, i18n.language)}
      </div>
      <div className="hidden w-24 shrink-0 text-end text-sm text-ink-soft tabular-nums lg:block">
        {t('views', { count: video.views, shown: formatCount(video.views, i18n.language) })}
      </div>
      <div className="hidden w-28 shrink-0 text-end text-sm text-ink-soft sm:block">
        <VideoTime video={video} isTrash={isTrash} />
      </div>
    </article>
  )
}

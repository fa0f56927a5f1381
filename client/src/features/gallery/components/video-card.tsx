import { useTranslation } from 'react-i18next'
import { CheckBox } from '@/components/check-box'
import { ProgressBar } from '@/components/progress-bar'
import type { Job, Video } from '@/lib/api/models'
import { cn } from '@/lib/class-names'
import { formatCount } from '@/lib/format'
import { JobBadge } from './job-badge'
import { Poster } from './poster'
import { StatusBadge } from './status-badge'
import { VideoLink } from './video-link'
import { VideoTime } from './video-time'
import { VisibilityMark } from './visibility-mark'

export interface VideoItemProps {
  video: Video
  /** The job that is processing it now. */
  job: Job | undefined
  isOwn: boolean
  isSelected: boolean
  /** Null where videos cannot be selected. */
  onSelect: ((selected: boolean, isRange: boolean) => void) | null
  /** It is in the trash: it has no page, and its time is limited. */
  isTrash: boolean
}

export function VideoCard({ video, job, isOwn, isSelected, isTrash, onSelect }: VideoItemProps) {
  const { t, i18n } = useTranslation('gallery')
  const views = t('views', { count: video.views, shown: formatCount(video.views, i18n.language) })
  return (
    <article className="group relative">
      <VideoLink id={video.id} isTrash={isTrash} className="block rounded-card">
        <Poster video={video} className={cn(isSelected && 'ring-3 ring-ember forced-colors:outline-3 forced-colors:outline-[Highlight]')} />
        <h2 className="mt-2.5 line-clamp-2 leading-snug font-medium break-words">{video.title}</h2>
      </VideoLink>
      <p className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-0.5 text-sm text-ink-faint">
        {job ? <JobBadge job={job} /> : isOwn && video.status !== 'ready' && <StatusBadge status={video.status} />}
        {isOwn ? <VisibilityMark visibility={video.visibility} /> : <span>{views}</span>}
        <span aria-hidden>·</span>
        <VideoTime video={video} isTrash={isTrash} />
      </p>
      {job && (
        <div className="pointer-events-none absolute inset-x-0 top-0 flex aspect-video items-end p-0.5">
          <ProgressBar size="thin" percent={job.progress_percent} label={t('job.progress_of', { title: video.title })} />
        </div>
      )}
      {onSelect && (
        <CheckBox
          label={t('select', { title: video.title })}
          isLabelHidden
          isChecked={isSelected}
          onChange={onSelect}
          className={cn(
            'absolute start-0 top-0 p-2.5 transition-opacity focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100',
            !isSelected && 'opacity-0',
          )}
        />
      )}
    </article>
  )
}

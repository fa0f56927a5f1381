import { Hourglass } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Job, Video } from '@/lib/api/models'
import { isFinal } from '@/lib/job/merge-job'
import { useWatchable } from '@/lib/use-watchable'

interface JobScreenProps {
  job: Job
  video: Video
  player: (video: Video) => ReactNode
}

/**
 * The place of the player while a video is encoded for the first time: first the thumbnail, then
 * what can be watched already. It is there from the start, so that nothing moves. A video that was
 * published before the page was opened is watched on its own page.
 */
export function JobScreen({ job, video, player }: JobScreenProps) {
  const { t } = useTranslation('jobs')
  const [isFirst] = useState(!isFinal(job) && video.renditions.length === 0)
  const isWatchable = useWatchable(video, job)
  const isStopped = isFinal(job) && job.status !== 'completed'
  if (!isFirst || (isStopped && !isWatchable)) return null
  if (isWatchable) return player(video)
  return (
    <div className="relative grid aspect-video place-items-center overflow-hidden rounded-card bg-black text-white">
      {video.thumbnail_url && <img src={video.thumbnail_url} alt="" className="absolute inset-0 size-full object-contain opacity-35" />}
      <p className="relative flex flex-col items-center gap-3 px-6 text-center text-sm text-shadow-sm">
        <Hourglass aria-hidden className="size-6" />
        {t('screen_waits')}
      </p>
    </div>
  )
}

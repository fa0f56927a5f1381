import { Hourglass, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { EmptyState } from '@/components/empty-state'
import type { Video } from '@/lib/api/models'
import { useLatestJob } from '../api/list-jobs'

interface NotReadyProps {
  video: Video
  isOwn: boolean
  jobLink: (jobId: string, label: string) => ReactNode
  onProcess: () => void
}

/** Replaces the player while there is nothing to play: why, and what to do. */
export function NotReady({ video, isOwn, jobLink, onProcess }: NotReadyProps) {
  const { t } = useTranslation('player')
  const job = useLatestJob(video.id, isOwn && video.status !== 'uploaded')
  const status = video.status === 'ready' ? 'processing' : video.status
  const action = !isOwn ? null : job ? (
    jobLink(job.id, t('show_job'))
  ) : (
    <Button look="primary" onClick={onProcess}>
      {t('process')}
    </Button>
  )
  return (
    <div className="grid aspect-video place-items-center rounded-card border border-line bg-surface">
      <EmptyState icon={status === 'failed' ? <TriangleAlert /> : <Hourglass />} title={t(`not_ready.${status}`)} action={action}>
        {t(`not_ready.${status}_text`)}
      </EmptyState>
    </div>
  )
}

import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { ProgressBar } from '@/components/progress-bar'
import type { Job } from '@/lib/api/models'
import { formatPercent } from '@/lib/format'

/** How far a rendition is that is being made again; it links to its job. */
export function RemakingLine({ job, rendition }: { job: Job; rendition: string }) {
  const { t, i18n } = useTranslation('player')
  const shown = t('remaking', { percent: formatPercent(job.progress_percent, i18n.language) })
  return (
    <Link to="/jobs/$jobId" params={{ jobId: job.id }} className="flex flex-col gap-1.5 rounded-lg px-2 pb-2 text-xs text-ink-soft tabular-nums hover:text-ink">
      {shown}
      <ProgressBar percent={job.progress_percent} label={t('remaking_of', { format: rendition })} size="thin" />
    </Link>
  )
}

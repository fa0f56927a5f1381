import { useTranslation } from 'react-i18next'
import { ProgressBar } from '@/components/progress-bar'
import { toAnnounced } from '@/lib/announced-percent'
import type { Job } from '@/lib/api/models'
import { formatPercent } from '@/lib/format'
import { JOB_TONES } from '@/lib/job/job-tones'
import { useJobLine } from '@/lib/job/use-job-line'

/** Multiples of real time, with one decimal below ten. */
const SLOWEST_SHOWN = 0.15

/** The whole job as one bar and one sentence. */
export function JobProgress({ job }: { job: Job }) {
  const { t, i18n } = useTranslation('jobs')
  const line = useJobLine()
  // Below real time the factor helps nobody; the time left does.
  const speed = job.speed && job.speed >= SLOWEST_SHOWN && new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 }).format(job.speed)
  const processors = job.status === 'processing' && job.processors ? t('processors', { count: job.processors }) : null
  const facts = [speed && t('speed', { speed }), processors].filter(Boolean)
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-end justify-between gap-x-4 gap-y-1">
        <p className="text-lg font-medium">{line(job)}</p>
        <p className="text-4xl font-semibold tracking-tight tabular-nums">{formatPercent(job.progress_percent, i18n.language)}</p>
      </div>
      <ProgressBar percent={job.progress_percent} label={t('overall')} tone={JOB_TONES[job.status]} />
      <p className="text-sm text-ink-soft tabular-nums">{job.waiting_for ? t('goes_on') : facts.join(' · ') || '\u00a0'}</p>
      <p aria-live="polite" className="sr-only">
        {job.status === 'processing'
          ? t('announce', { percent: formatPercent(toAnnounced(job.progress_percent), i18n.language) })
          : t(`status.${job.status}`)}
      </p>
    </div>
  )
}

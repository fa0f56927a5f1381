import { Check } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Badge } from '@/components/badge'
import { ProgressBar } from '@/components/progress-bar'
import type { Job } from '@/lib/api/models'
import { formatBitrate, formatPercent } from '@/lib/format'

const KNOWN = ['pending', 'encoding', 'done'] as const

/** A progress bar for each rendition, largest first. */
export function RenditionRows({ job }: { job: Job }) {
  const { t, i18n } = useTranslation('jobs')
  const isStopped = job.status === 'failed' || job.status === 'cancelled'
  return (
    <ul className="flex flex-col gap-4">
      {job.renditions.toReversed().map((rendition) => {
        const status = KNOWN.find((known) => known === rendition.status) ?? 'pending'
        const isDone = status === 'done'
        return (
          <li key={rendition.format} className="flex flex-col gap-1.5">
            <div className="flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
              <p>
                <span className="font-medium">{rendition.format}</span>{' '}
                <span className="text-ink-faint tabular-nums">
                  {rendition.width} × {rendition.height} · {formatBitrate(rendition.bitrate_bps, i18n.language)}
                </span>
              </p>
              {isDone ? (
                <Badge tone="good">
                  <Check aria-hidden />
                  {t('rendition_status.done')}
                </Badge>
              ) : (
                <span className="text-ink-soft tabular-nums">
                  {isStopped ? t('rendition_status.stopped') : status === 'encoding' ? formatPercent(rendition.progress_percent, i18n.language) : t('rendition_status.pending')}
                </span>
              )}
            </div>
            <ProgressBar
              size="thin"
              percent={rendition.progress_percent}
              label={t('of_format', { format: rendition.format })}
              tone={isDone ? 'good' : isStopped ? 'still' : 'ember'}
            />
          </li>
        )
      })}
    </ul>
  )
}

import { useTranslation } from 'react-i18next'
import type { Job } from '@/lib/api/models'
import { formatPercent } from '@/lib/format'
import { useRoughTime } from '@/lib/use-rough-time'
import { isFinal } from './merge-job'

/** The state of a job in one sentence: "Encoding 3 renditions, 43%, about 2 to 3 minutes left". */
export function useJobLine(): (job: Job) => string {
  const { t, i18n } = useTranslation('jobs')
  const roughTime = useRoughTime()
  return (job) => {
    const isOpen = !isFinal(job)
    if (isOpen && job.waiting_for) return t(`line.waiting_for.${job.waiting_for}`)
    if (job.status === 'pending') {
      if (job.queue_position === null) return t('line.waiting')
      return job.queue_position === 0 ? t('line.next') : t('line.ahead', { count: job.queue_position })
    }
    if (job.status !== 'processing') return t(`line.${job.status}`)
    const time = job.eta_seconds === null ? null : t('left', { time: roughTime(job.eta_seconds, job.eta_range_seconds) })
    const join = (...parts: (string | null)[]) => parts.filter(Boolean).join(', ')
    const percent = formatPercent(job.progress_percent, i18n.language)
    // All renditions are encoded in one pass: naming one next to the overall percentage would read
    // as the progress of that one.
    const [first, second] = job.renditions
    const total = job.renditions.length
    const count = job.renditions.filter(({ status }) => status !== 'done').length
    const many = count > 0 && count < total ? t('line.encoding_rest', { count, total }) : t('line.encoding_all', { count: total })
    const encoding = second ? many : first ? t('line.encoding_format', { format: first.format }) : t('line.encoding')
    const lines: Record<Job['phase'], string> = {
      queued: t('line.preparing'),
      preparing: t('line.preparing'),
      encoding: join(encoding, percent, time),
      packaging: join(t('line.packaging'), percent, time),
      completed: t('line.completed'),
      cancelled: t('line.cancelled'),
    }
    return lines[job.phase]
  }
}

import { useTranslation } from 'react-i18next'
import type { Job } from '@/lib/api/models'
import { formatClock, formatDateTime } from '@/lib/format'

export function JobFacts({ job }: { job: Job }) {
  const { t, i18n } = useTranslation('jobs')
  const at = (iso: string | null) => (iso ? formatDateTime(iso, i18n.language) : null)
  const seconds = job.started_at && job.completed_at ? (Date.parse(job.completed_at) - Date.parse(job.started_at)) / 1000 : null
  const rows = [
    [t('fact.created'), at(job.created_at)],
    [t('fact.started'), at(job.started_at)],
    [t('fact.completed'), at(job.completed_at)],
    [t('fact.duration'), seconds === null ? null : formatClock(seconds)],
    [t('fact.attempts'), job.attempts > 1 ? String(job.attempts) : null],
    [t('fact.id'), job.id],
  ].filter((row): row is [string, string] => row[1] !== null)
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 text-sm">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-ink-faint">{name}</dt>
          <dd className="min-w-0 break-words tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Card, CardTitle } from '@/components/card'
import { ProblemNotice } from '@/components/problem-notice'
import { Skeleton } from '@/components/skeleton'
import { formatBytes, formatClock, formatCount } from '@/lib/format'
import { statsQuery } from '../api/operations'
import { Figure } from './figure'

/** Totals, and what happened in the last 24 hours. */
export function DayCard() {
  const { t, i18n } = useTranslation('admin')
  const stats = useQuery(statsQuery)
  if (stats.isError) return <ProblemNotice error={stats.error} onRetry={() => void stats.refetch()} />
  const { data } = stats
  if (!data) return <Skeleton className="h-48 rounded-card" />
  const clock = (seconds: number | null) => (seconds === null ? '–' : formatClock(seconds))
  return (
    <Card>
      <CardTitle className="mb-4">{t('last_day')}</CardTitle>
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3">
        <Figure name={t('completed')} value={data.completed_last_day} />
        <Figure name={t('failed')} value={data.failed_last_day} tone={data.failed_last_day ? 'bad' : 'plain'} />
        <Figure name={t('mean_queue')} value={clock(data.mean_queue_seconds)} />
        <Figure name={t('mean_encode')} value={clock(data.mean_encode_seconds)} />
        <Figure name={t('videos')} value={formatCount(data.videos, i18n.language)} />
        <Figure name={t('stored')} value={formatBytes(data.source_bytes + data.rendition_bytes, i18n.language)} />
      </dl>
    </Card>
  )
}

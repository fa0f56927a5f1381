import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Card, CardTitle } from '@/components/card'
import { formatAgo } from '@/lib/format'
import { statsQuery } from '../api/operations'

/**
 * Error codes of the jobs that failed in the last week, most frequent first. When the stats fail to
 * load, the card of the last day reports it.
 */
export function FailuresCard() {
  const { t, i18n } = useTranslation('admin')
  const failures = useQuery(statsQuery).data?.failures
  return (
    <Card>
      <CardTitle>{t('failures')}</CardTitle>
      {failures?.length === 0 && <p className="mt-3 text-sm text-ink-soft">{t('no_failures')}</p>}
      <ul className="mt-2 divide-y divide-line">
        {failures?.map((failure) => (
          <li key={failure.code} className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 py-3 text-sm">
            <code className="min-w-0 font-mono break-all">{failure.code}</code>
            <span className="flex items-baseline gap-4">
              <span className="text-ink-faint">{t('failed_last', { when: formatAgo(failure.last_at, i18n.language) })}</span>
              <span className="font-semibold tabular-nums">{t('failed_times', { count: failure.count })}</span>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

import { useInfiniteQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { Card, CardTitle } from '@/components/card'
import { ProblemNotice } from '@/components/problem-notice'
import { SelectField } from '@/components/select-field'
import type { JobStatus } from '@/lib/api/models'
import { formatAgo, formatPercent } from '@/lib/format'
import { allJobsQuery } from '../api/operations'

const STATUSES = ['pending', 'processing', 'completed', 'failed', 'cancelled'] as const
const cellLook = 'py-2.5 pe-4 align-top'

/** Jobs of all users, newest first, with the reason of those that failed. */
export function JobsCard({ jobLink }: { jobLink: (id: string) => ReactNode }) {
  const { t, i18n } = useTranslation('admin')
  const { t: words } = useTranslation('jobs')
  const [status, setStatus] = useState<JobStatus | 'any'>('any')
  const jobs = useInfiniteQuery(allJobsQuery(status === 'any' ? undefined : status))
  const items = jobs.data?.pages.flatMap((page) => page.items) ?? []
  const choices = [{ value: 'any' as const, label: t('any_status') }, ...STATUSES.map((value) => ({ value, label: words(`status.${value}`) }))]
  return (
    <Card>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
        <CardTitle>{t('jobs')}</CardTitle>
        <SelectField isLabelHidden label={t('column.status')} value={status} choices={choices} onChoose={setStatus} />
      </div>
      {jobs.isError && <ProblemNotice error={jobs.error} onRetry={() => void jobs.refetch()} />}
      {jobs.isSuccess && items.length === 0 && <p className="text-sm text-ink-soft">{t('no_jobs')}</p>}
      {items.length > 0 && (
        // A region that scrolls sideways is reached by keyboard as well.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div role="region" aria-label={t('jobs')} tabIndex={0} className="overflow-x-auto">
          <table className="w-full min-w-160 text-start text-sm">
            <thead className="text-ink-faint">
              <tr className="border-b border-line">
                {(['job', 'status', 'progress', 'priority', 'created', 'reason'] as const).map((name) => (
                  <th key={name} scope="col" className="py-2 pe-4 text-start font-medium">
                    {t(`column.${name}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map((job) => (
                <tr key={job.id} className="border-b border-line last:border-0">
                  <td className={cellLook}>{jobLink(job.id)}</td>
                  <td className={cellLook}>{words(`status.${job.status}`)}</td>
                  <td className={`${cellLook} tabular-nums`}>{formatPercent(job.progress_percent, i18n.language)}</td>
                  <td className={`${cellLook} tabular-nums`}>{job.priority}</td>
                  <td className={cellLook}>{formatAgo(job.created_at, i18n.language)}</td>
                  <td className={`${cellLook} font-mono text-xs break-all`}>{job.error?.code}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {jobs.hasNextPage && (
        <Button className="mt-3" isBusy={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
          {t('load_more')}
        </Button>
      )}
    </Card>
  )
}

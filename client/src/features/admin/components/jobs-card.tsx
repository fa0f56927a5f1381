import { useInfiniteQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { Card, CardTitle } from '@/components/card'
import { ProblemNotice } from '@/components/problem-notice'
import { SelectField } from '@/components/select-field'
import type { JobStatus } from '@/lib/api/models'
import { JOB_STATUSES } from '@/lib/api/vocabulary'
import { allJobsQuery } from '../api/operations'
import { JobRow } from './job-row'

const COLUMNS = ['job', 'user', 'status', 'progress', 'priority', 'created'] as const

/**
 * The jobs of all users, newest first, with the errors of failed ones and the available actions.
 */
export function JobsCard({ jobLink }: { jobLink: (id: string) => ReactNode }) {
  const { t } = useTranslation('admin')
  const { t: words } = useTranslation('jobs')
  const [status, setStatus] = useState<JobStatus | 'any'>('any')
  const jobs = useInfiniteQuery(allJobsQuery(status === 'any' ? undefined : status))
  const items = jobs.data?.pages.flatMap((page) => page.items) ?? []
  const choices = [{ value: 'any' as const, label: t('any_status') }, ...JOB_STATUSES.map((value) => ({ value, label: words(`status.${value}`) }))]
  return (
    <Card>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
        <CardTitle>{t('jobs')}</CardTitle>
        <SelectField isLabelHidden label={t('column.status')} value={status} choices={choices} onChoose={setStatus} />
      </div>
      {jobs.isError && <ProblemNotice error={jobs.error} onRetry={() => void jobs.refetch()} />}
      {jobs.isSuccess && items.length === 0 && <p className="text-sm text-ink-soft">{t('no_jobs')}</p>}
      {items.length > 0 && (
        // Focusable, so that it can be scrolled sideways with the keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div role="region" aria-label={t('jobs')} tabIndex={0} className="relative overflow-x-auto">
          <table className="w-full min-w-190 text-start text-sm">
            <thead className="text-ink-faint">
              <tr className="border-b border-line">
                {COLUMNS.map((name) => (
                  <th key={name} scope="col" className="py-2 pe-4 text-start font-medium">
                    {t(`column.${name}`)}
                  </th>
                ))}
                <th scope="col">
                  <span className="sr-only">{t('column.actions')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((job) => (
                <JobRow key={job.id} job={job} link={jobLink(job.id)} />
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

import { useQuery } from '@tanstack/react-query'
import { Cpu } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge } from '@/components/badge'
import { Card, CardTitle } from '@/components/card'
import { ProblemNotice } from '@/components/problem-notice'
import { ProgressBar } from '@/components/progress-bar'
import { formatAgo } from '@/lib/format'
import { processorsQuery, tasksQuery } from '../api/operations'

/** The processors, with the task and progress of each. */
export function ProcessorsCard({ jobLink }: { jobLink: (id: string) => ReactNode }) {
  const { t, i18n } = useTranslation('admin')
  const processors = useQuery(processorsQuery)
  const tasks = useQuery(tasksQuery)
  if (processors.isError) return <ProblemNotice error={processors.error} onRetry={() => void processors.refetch()} />
  const items = processors.data?.items ?? []
  return (
    <Card>
      <CardTitle>{t('processors')}</CardTitle>
      {processors.isSuccess && items.length === 0 && <p className="mt-3 text-sm text-ink-soft">{t('no_processors')}</p>}
      <ul className="mt-2 divide-y divide-line">
        {items.map((processor) => {
          const task = tasks.data?.items.find((item) => item.id === processor.task_id)
          return (
            <li key={processor.id} className="flex flex-wrap items-center gap-3 py-3 text-sm">
              <Cpu aria-hidden className="size-5 shrink-0 text-ink-faint" />
              <div className="min-w-0 grow basis-32">
                <p className="truncate font-medium">{processor.id}</p>
                <p className="text-ink-faint">{t('processor_seen', { when: formatAgo(processor.last_seen_at, i18n.language) })}</p>
              </div>
              {task ? (
                <div className="w-full shrink-0 sm:w-40">
                  <p className="mb-1 flex justify-between gap-2 text-ink-soft">
                    {t(`task_kind.${task.kind}`)}
                    {jobLink(task.job_id)}
                  </p>
                  <ProgressBar size="thin" percent={task.progress_percent} label={t(`task_kind.${task.kind}`)} />
                </div>
              ) : processor.reasons.length > 0 ? (
                <Badge tone="bad">{t('processor_unfit', { reasons: processor.reasons.join(', ') })}</Badge>
              ) : (
                <Badge>{t('processor_idle')}</Badge>
              )}
            </li>
          )
        })}
      </ul>
    </Card>
  )
}

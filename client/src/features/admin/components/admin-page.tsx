import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '@/components/page-header'
import { usePageTitle } from '@/lib/use-page-title'
import { DayCard } from './day-card'
import { FailuresCard } from './failures-card'
import { JobsCard } from './jobs-card'
import { ProcessorsCard } from './processors-card'
import { QueueCard } from './queue-card'
import { TasksCard } from './tasks-card'
import { UsageCard } from './usage-card'

export function AdminPage({ jobLink, mailsLink }: { jobLink: (id: string) => ReactNode; mailsLink: ReactNode }) {
  const { t } = useTranslation('admin')
  usePageTitle(t('title'))
  return (
    <>
      <PageHeader title={t('title')} description={t('text')} actions={mailsLink} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-6">
          <QueueCard />
          <TasksCard />
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <DayCard />
          <UsageCard />
          <FailuresCard />
        </div>
        <div className="lg:col-span-2">
          <ProcessorsCard jobLink={jobLink} />
        </div>
        <div className="lg:col-span-2">
          <JobsCard jobLink={jobLink} />
        </div>
      </div>
    </>
  )
}

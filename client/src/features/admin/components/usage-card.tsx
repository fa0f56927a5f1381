import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Card, CardTitle } from '@/components/card'
import { ProblemNotice } from '@/components/problem-notice'
import { Skeleton } from '@/components/skeleton'
import { UsageList } from '@/components/usage-list'
import { allUsageQuery } from '@/lib/requests/usage'

/** The usage of all users together; the limits are the operator's settings. */
export function UsageCard() {
  const { t } = useTranslation()
  const usage = useQuery(allUsageQuery)
  if (usage.isError) return <ProblemNotice error={usage.error} onRetry={() => void usage.refetch()} />
  if (!usage.data) return <Skeleton className="h-48 rounded-card" />
  return (
    <Card>
      <CardTitle>{t('usage.all')}</CardTitle>
      <UsageList usage={usage.data} />
    </Card>
  )
}

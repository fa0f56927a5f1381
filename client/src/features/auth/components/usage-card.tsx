import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Card, CardTitle } from '@/components/card'
import { ProblemNotice } from '@/components/problem-notice'
import { Skeleton } from '@/components/skeleton'
import { UsageList } from '@/components/usage-list'
import { ownUsageQuery } from '@/lib/requests/usage'

export function UsageCard() {
  const { t } = useTranslation()
  const usage = useQuery(ownUsageQuery)
  return (
    <Card>
      <CardTitle>{t('usage.own')}</CardTitle>
      {usage.isPending && <Skeleton className="mt-4 h-40" />}
      {usage.isError && <ProblemNotice error={usage.error} onRetry={() => void usage.refetch()} />}
      {usage.data && <UsageList usage={usage.data} />}
    </Card>
  )
}

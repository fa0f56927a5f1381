import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Card, CardTitle } from '@/components/card'
import { TASK_STATUSES } from '@/lib/api/vocabulary'
import { tasksQuery } from '../api/operations'
import { Figure } from './figure'


export function TasksCard() {
  const { t } = useTranslation('admin')
  const counts = useQuery(tasksQuery).data?.counts
  return (
    <Card>
      <CardTitle className="mb-4">{t('tasks')}</CardTitle>
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3">
        {TASK_STATUSES.map((status) => (
          <Figure key={status} name={t(`task_status.${status}`)} value={counts?.[status] ?? 0} tone={status === 'failed' && counts?.failed ? 'bad' : 'plain'} />
        ))}
      </dl>
    </Card>
  )
}

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Send } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { Card, CardTitle } from '@/components/card'
import { ProblemNotice } from '@/components/problem-notice'
import { Skeleton } from '@/components/skeleton'
import { formatClock } from '@/lib/format'
import { toast } from '@/lib/toast'
import { useProblemText } from '@/lib/use-problem-text'
import { queueQuery } from '../api/operations'
import { redriveDeadLetters } from '../api/redrive'
import { shortId } from '../state/short-id'
import { Figure } from './figure'

export function QueueCard() {
  const { t } = useTranslation('admin')
  const queryClient = useQueryClient()
  const problemText = useProblemText()
  const queue = useQuery(queueQuery)
  const redrive = useMutation({
    mutationFn: redriveDeadLetters,
    onSuccess: ({ dead_letters }) => toast.done({ title: t('redriven', { count: dead_letters }) }),
    onError: (error) => toast.error({ title: problemText(error).title }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['admin'] }),
  })
  if (queue.isError) return <ProblemNotice error={queue.error} onRetry={() => void queue.refetch()} />
  const { data } = queue
  if (!data) return <Skeleton className="h-48 rounded-card" />
  return (
    <Card>
      <div className="mb-4 flex flex-wrap items-center justify-between gap-2">
        <CardTitle>{t('queue')}</CardTitle>
        <Button size="small" disabled={!data.dead} isBusy={redrive.isPending} onClick={() => redrive.mutate()}>
          <Send aria-hidden />
          {t('redrive')}
        </Button>
      </div>
      {data.visible === null && <p className="mb-3 text-sm text-bad">{t('not_answering')}</p>}
      {data.pending_tasks > 0 &&
        Object.entries(data.waiting_tasks).map(([what, count]) => (
          <p key={what} className="mb-3 text-sm text-bad">
            {t(`waiting_tasks.${what}`, { count, defaultValue: what })}
          </p>
        ))}
      {data.set_aside_rows.map((row) => (
        <p key={`${row.kind} ${row.row_id}`} className="mb-3 text-sm break-words text-bad">
          {t(`set_aside_row.${row.kind}`, { id: shortId(row.row_id), defaultValue: row.row_id })} {row.reason}
        </p>
      ))}
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3">
        <Figure name={t('queue_depth')} value={data.visible ?? '–'} />
        <Figure name={t('in_flight')} value={data.in_flight ?? '–'} />
        <Figure name={t('dead_letters')} value={data.dead ?? '–'} tone={data.dead ? 'bad' : 'plain'} />
        <Figure name={t('pending_tasks')} value={data.pending_tasks} />
        <Figure name={t('running_tasks')} value={data.running_tasks} />
        <Figure name={t('oldest')} value={data.oldest_pending_seconds === null ? '–' : formatClock(data.oldest_pending_seconds)} />
        <Figure
          name={t('set_aside')}
          value={Object.values(data.set_aside).reduce((sum, count) => sum + count, 0)}
          tone={data.set_aside_rows.length ? 'bad' : 'plain'}
        />
        <Figure name={t('outbox')} value={data.outbox_waiting} />
        <Figure
          name={t('oldest_message')}
          value={data.oldest_message_seconds === null ? '–' : formatClock(data.oldest_message_seconds)}
        />
      </dl>
    </Card>
  )
}

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { cancelJob } from '@/lib/requests/cancel-job'
import { toast } from '@/lib/toast'
import { useProblemText } from '@/lib/use-problem-text'
import { changePriority } from '../api/change-priority'

/**
 * What an administrator can do to a job. Lists are refetched even after a failure, because the job
 * may have changed.
 */
export function useJobChanges(id: string) {
  const { t } = useTranslation('admin')
  const queryClient = useQueryClient()
  const problemText = useProblemText()
  const onError = (error: unknown) => toast.error({ title: problemText(error).title })
  const onSettled = () => queryClient.invalidateQueries({ queryKey: ['admin'] })
  const cancel = useMutation({
    mutationFn: () => cancelJob(id, 'admin'),
    onSuccess: () => toast.done({ title: t('cancelled') }),
    onError,
    onSettled,
  })
  const rank = useMutation({
    mutationFn: (priority: number) => changePriority(id, priority),
    onSuccess: ({ priority }) => toast.done({ title: t('ranked', { priority }) }),
    onError,
    onSettled,
  })
  return { cancel, rank }
}

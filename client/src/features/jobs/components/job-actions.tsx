import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Ban, Bell, BellRing } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { ConfirmDialog } from '@/components/confirm-dialog'
import type { Job } from '@/lib/api/models'
import { cancelJob } from '@/lib/requests/cancel-job'
import { toast } from '@/lib/toast'
import { useProblemText } from '@/lib/use-problem-text'
import { jobQuery } from '@/lib/requests/get-job'
import { isFinal } from '@/lib/job/merge-job'
import { useDoneNotice } from '../state/use-done-notice'

export function JobActions({ job, title, isMine }: { job: Job; title: string; isMine: boolean }) {
  const { t } = useTranslation('jobs')
  const queryClient = useQueryClient()
  const problemText = useProblemText()
  const [isAsking, setAsking] = useState(false)
  const notice = useDoneNotice(job, title)
  const cancel = useMutation({
    mutationFn: () => cancelJob(job.id, isMine ? 'owner' : 'admin'),
    onSuccess: (next) => {
      queryClient.setQueryData(jobQuery(job.id).queryKey, next)
      toast.done({ title: t('cancelled') })
    },
    onError: (error) => toast.error({ title: problemText(error).title }),
    onSettled: () => setAsking(false),
  })
  return (
    <>
      {notice.isPossible && (
        <Button look="ghost" aria-pressed={notice.isWanted} disabled={notice.isWanted} onClick={() => void notice.ask()}>
          {notice.isWanted ? <BellRing aria-hidden /> : <Bell aria-hidden />}
          {notice.isWanted ? t('notify_on') : t('notify')}
        </Button>
      )}
      {!isFinal(job) && (
        <Button onClick={() => setAsking(true)}>
          <Ban aria-hidden />
          {t('cancel')}
        </Button>
      )}
      <ConfirmDialog
        isOpen={isAsking}
        title={t('cancel_title')}
        description={t('cancel_text')}
        action={t('cancel')}
        isBusy={cancel.isPending}
        onConfirm={() => cancel.mutate()}
        onClose={() => setAsking(false)}
      />
    </>
  )
}

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { ProblemNotice } from '@/components/problem-notice'
import type { Format } from '@/lib/api/models'
import { activeJobsQuery } from '@/lib/job/active-jobs'
import { makeRandomKey } from '@/lib/random-key'
import { startJob } from '@/lib/requests/start-job'

interface RemakeButtonProps {
  videoId: string
  rendition: string
  format: Format
}

/** Asks first: encoding takes long, but nothing that can be watched is lost. */
export function RemakeButton({ videoId, rendition, format }: RemakeButtonProps) {
  const { t } = useTranslation('player')
  const queryClient = useQueryClient()
  // One key each time the dialog opens: a double click starts one job.
  const [key, setKey] = useState<string | null>(null)
  const start = useMutation({
    mutationFn: () => startJob(videoId, [format], key ?? ''),
    onSuccess: async () => {
      await queryClient.invalidateQueries(activeJobsQuery)
      setKey(null)
    },
  })
  const open = () => {
    start.reset()
    setKey(makeRandomKey())
  }
  return (
    <>
      <Button look="ghost" size="icon-small" aria-label={t('remake_of', { format: rendition })} title={t('remake')} onClick={open}>
        <RefreshCw aria-hidden />
      </Button>
      <Dialog isOpen={key !== null} onClose={() => setKey(null)} title={t('remake_title', { format: rendition })} description={t('remake_text')}>
        <div className="flex flex-col gap-5">
          {start.isError && <ProblemNotice error={start.error} />}
          <Button look="primary" className="self-end" isBusy={start.isPending} onClick={() => start.mutate()}>
            {t('remake')}
          </Button>
        </div>
      </Dialog>
    </>
  )
}

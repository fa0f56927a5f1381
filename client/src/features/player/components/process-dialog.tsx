import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { FormatPicker } from '@/components/format-picker'
import { ProblemNotice } from '@/components/problem-notice'
import { USUAL_FORMATS, type Format, type Job, type Video } from '@/lib/api/models'
import { makeRandomKey } from '@/lib/random-key'
import { startJob } from '@/lib/requests/start-job'

interface ProcessDialogProps {
  video: Video
  isOpen: boolean
  onClose: () => void
  onStarted: (job: Job) => void
}

/** Asks for formats and starts a job: the first one, or one that adds formats. */
export function ProcessDialog({ video, isOpen, onClose, onStarted }: ProcessDialogProps) {
  const { t } = useTranslation('player')
  const made = video.renditions.map((rendition) => rendition.format)
  const missing = video.available_formats.filter(({ format, rendition }) => USUAL_FORMATS.includes(format) && !made.includes(rendition))
  const [formats, setFormats] = useState<Format[]>(missing.map(({ format }) => format))
  // One key each time the dialog opens: a double click starts one job.
  const [key] = useState(makeRandomKey)
  const start = useMutation({ mutationFn: () => startJob(video.id, formats, `${key}-${formats.join('-')}`), onSuccess: onStarted })
  const title = video.renditions.length ? t('add_formats') : t('process')
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={title} isWide>
      <div className="flex flex-col gap-5">
        {start.isError && <ProblemNotice error={start.error} />}
        <FormatPicker chosen={formats} offers={video.available_formats} made={made} onChange={setFormats} />
        <Button look="primary" className="self-end" disabled={!formats.length} isBusy={start.isPending} onClick={() => start.mutate()}>
          {t('process')}
        </Button>
      </div>
    </Dialog>
  )
}

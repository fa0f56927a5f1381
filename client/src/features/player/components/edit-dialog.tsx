import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { ProblemNotice } from '@/components/problem-notice'
import { VideoDetailsFields, type VideoDetails } from '@/components/video-details-fields'
import { toProblem } from '@/lib/api/problem'
import type { Video } from '@/lib/api/models'
import { videoQuery } from '@/lib/requests/get-video'
import { saveVideo } from '@/lib/requests/save-video'
import { toast } from '@/lib/toast'

export function EditDialog({ video, isOpen, onClose }: { video: Video; isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation('player')
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t('edit_title')} isWide>
      <EditForm video={video} onClose={onClose} />
    </Dialog>
  )
}

function EditForm({ video, onClose }: { video: Video; onClose: () => void }) {
  const { t } = useTranslation('player')
  const { t: common } = useTranslation()
  const queryClient = useQueryClient()
  const [details, setDetails] = useState<VideoDetails>({
    title: video.title,
    description: video.description,
    tags: video.tags,
    visibility: video.visibility,
  })
  const save = useMutation({
    mutationFn: () => saveVideo(video.id, { ...details, title: details.title.trim() }),
    onSuccess: (saved) => {
      queryClient.setQueryData(videoQuery(video.id).queryKey, saved)
      void queryClient.invalidateQueries({ queryKey: ['videos'] })
      toast.done({ title: t('saved') })
      onClose()
    },
  })
  const errors = save.error ? Object.fromEntries((toProblem(save.error).errors ?? []).map(({ field, message }) => [field, message])) : {}
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
      className="flex flex-col gap-5"
    >
      {save.isError && <ProblemNotice error={save.error} />}
      <VideoDetailsFields details={details} errors={errors} onChange={(change) => setDetails({ ...details, ...change })} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{common('cancel')}</Button>
        <Button look="primary" type="submit" isBusy={save.isPending} disabled={!details.title.trim()}>
          {common('save')}
        </Button>
      </div>
    </form>
  )
}

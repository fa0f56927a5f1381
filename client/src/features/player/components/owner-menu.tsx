import { useMutation, useQueryClient } from '@tanstack/react-query'
import { EllipsisVertical, Layers, Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { Menu, MenuItem, MenuLine } from '@/components/menu'
import type { Video } from '@/lib/api/models'
import { toast } from '@/lib/toast'
import { useProblemText } from '@/lib/use-problem-text'
import { restoreVideo, trashVideo } from '../api/trash-video'

interface OwnerMenuProps {
  video: Video
  onProcess: () => void
  onDeleted: () => void
}

export function OwnerMenu({ video, onProcess, onDeleted }: OwnerMenuProps) {
  const { t } = useTranslation('player')
  const { t: common } = useTranslation()
  const queryClient = useQueryClient()
  const problemText = useProblemText()
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['videos'] })
  const undo = () => void restoreVideo(video.id).then(refresh)
  const trash = useMutation({
    mutationFn: () => trashVideo(video.id),
    onSuccess: () => {
      toast.done({ title: t('deleted'), action: { label: common('undo'), onClick: undo } })
      queryClient.removeQueries({ queryKey: ['video', video.id] })
      void refresh()
      onDeleted()
    },
    onError: (error) => toast.error({ title: problemText(error).title }),
  })
  return (
    <Menu
      trigger={
        <Button look="ghost" size="icon" aria-label={t('more')}>
          <EllipsisVertical aria-hidden />
        </Button>
      }
    >
      <MenuItem icon={<Layers aria-hidden />} onClick={onProcess}>
        {video.renditions.length ? t('add_formats') : t('process')}
      </MenuItem>
      <MenuLine />
      <MenuItem icon={<Trash2 aria-hidden />} isDangerous isDisabled={trash.isPending} onClick={() => trash.mutate()}>
        {t('delete')}
      </MenuItem>
    </Menu>
  )
}

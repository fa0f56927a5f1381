import { Pause, Play, RotateCw, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { desk } from '../state/desk'
import type { UploadItem } from '../state/upload-item'

const MOVING = new Set(['queued', 'preparing', 'sending', 'waiting'])

export function TransferButtons({ item }: { item: UploadItem }) {
  const { t } = useTranslation('upload')
  const { status } = item.transfer
  const isOver = item.stage !== 'transfer'
  const isStuck = status === 'failed' || (item.problem !== null && item.stage !== 'started')
  return (
    <div className="flex shrink-0 gap-1">
      {MOVING.has(status) && (
        <Button look="ghost" size="icon" aria-label={t('pause')} title={t('pause')} onClick={() => desk.pause(item.id)}>
          <Pause aria-hidden />
        </Button>
      )}
      {status === 'paused' && (
        <Button look="ghost" size="icon" aria-label={t('resume_one')} title={t('resume_one')} onClick={() => desk.resume(item.id)}>
          <Play aria-hidden />
        </Button>
      )}
      {isStuck && (
        <Button look="ghost" size="icon" aria-label={t('retry')} title={t('retry')} onClick={() => desk.resume(item.id)}>
          <RotateCw aria-hidden />
        </Button>
      )}
      <Button
        look="ghost"
        size="icon"
        aria-label={isOver ? t('remove') : t('cancel')}
        title={isOver ? t('remove') : t('cancel')}
        onClick={() => void desk.remove(item.id)}
      >
        <X aria-hidden />
      </Button>
    </div>
  )
}

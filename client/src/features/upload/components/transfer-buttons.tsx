import { CircleStop, Pause, Play, RotateCw, X } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { formatBytes } from '@/lib/format'
import { SINGLE_MAX_BYTES } from '../engine/upload'
import { uploadStore } from '../state/uploads'
import type { UploadItem } from '../state/upload-item'

const MOVING = new Set(['queued', 'preparing', 'sending', 'waiting'])

export function TransferButtons({ item }: { item: UploadItem }) {
  const { t, i18n } = useTranslation('upload')
  const [isAsking, setAsking] = useState(false)
  const { status, sentBytes, totalBytes } = item.transfer
  const isOver = item.stage !== 'transfer'
  const isStuck = status === 'failed' || (item.problem !== null && item.stage !== 'started' && item.stage !== 'refused')
  return (
    <div className="flex shrink-0 gap-1">
      {MOVING.has(status) && (
        <Button look="ghost" size="icon" aria-label={t('pause')} title={t('pause')} onClick={() => uploadStore.pause(item.id)}>
          <Pause aria-hidden />
        </Button>
      )}
      {status === 'paused' && (
        <Button look="ghost" size="icon" aria-label={t('resume_one')} title={t('resume_one')} onClick={() => uploadStore.resume(item.id)}>
          <Play aria-hidden />
        </Button>
      )}
      {isStuck && (
        <Button look="ghost" size="icon" aria-label={t('retry')} title={t('retry')} onClick={() => uploadStore.resume(item.id)}>
          <RotateCw aria-hidden />
        </Button>
      )}
      <Button
        look="ghost"
        size="icon"
        aria-label={isOver ? t('remove') : t('cancel')}
        title={isOver ? t('remove') : t('cancel')}
        // As much as one PUT takes is some seconds on an ordinary connection: too little to ask about.
        onClick={() => (!isOver && sentBytes > SINGLE_MAX_BYTES ? setAsking(true) : void uploadStore.remove(item.id))}
      >
        {isOver ? <X aria-hidden /> : <CircleStop aria-hidden />}
      </Button>
      <ConfirmDialog
        isOpen={isAsking && !isOver}
        title={t('cancel_title', { name: item.filename })}
        description={t('cancel_text', { sent: formatBytes(sentBytes, i18n.language), total: formatBytes(totalBytes, i18n.language) })}
        action={t('cancel')}
        onConfirm={() => void uploadStore.remove(item.id)}
        onClose={() => setAsking(false)}
      />
    </div>
  )
}

import { FileVideo, Play, X } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { Card } from '@/components/card'
import { FormatPicker } from '@/components/format-picker'
import { VideoDetailsFields } from '@/components/video-details-fields'
import { formatBytes } from '@/lib/format'
import { isFinal } from '@/lib/job/merge-job'
import { useFollowedJob } from '@/lib/job/use-followed-job'
import { uploadStore } from '../state/uploads'
import type { UploadItem } from '../state/upload-item'
import { StartButton } from './start-button'
import { StartedLine } from './started-line'
import { TransferButtons } from './transfer-buttons'
import { TransferLine } from './transfer-line'
import { UploadFault } from './upload-fault'

interface UploadCardProps {
  item: UploadItem
  isOpenAtFirst: boolean
  slots: UploadSlots
  /** One card plays at a time: the keys work on one player. */
  isWatched: boolean
  onWatch: (isWatched: boolean) => void
}

/** What comes from other features; the app puts it in. */
export interface UploadSlots {
  links: (ids: { videoId: string; jobId: string | null }) => ReactNode
  player: (videoId: string) => ReactNode
}

/** One file: the transfer above, its details below. Both can be used at the same time. */
export function UploadCard({ item, isOpenAtFirst, slots, isWatched, onWatch }: UploadCardProps) {
  const { t, i18n } = useTranslation('upload')
  const [isOpen, setOpen] = useState(isOpenAtFirst)
  const job = useFollowedJob(item.jobId)
  const isWatchable = job?.status === 'completed' || (job !== undefined && !isFinal(job) && job.playable_seconds > 0)
  const isStarted = item.stage === 'started'
  const isEditable = !isStarted && item.stage !== 'refused'
  const size = formatBytes(item.transfer.totalBytes, i18n.language)
  const picture = item.source ? `${item.source.width} × ${item.source.height}` : null
  return (
    <Card aria-label={item.filename} className="flex animate-rise flex-col gap-4">
      <div className="flex items-center gap-3">
        <div aria-hidden className="grid size-11 shrink-0 place-items-center rounded-xl bg-ember-soft text-ember-strong">
          <FileVideo className="size-5" />
        </div>
        <div className="min-w-0 grow">
          <h3 className="truncate font-semibold">{item.details.title || item.filename}</h3>
          <p className="truncate text-sm text-ink-faint">{[item.filename, size, picture].filter(Boolean).join(' · ')}</p>
        </div>
        <TransferButtons item={item} />
      </div>
      {item.jobId ? <StartedLine jobId={item.jobId} /> : <TransferLine item={item} />}
      <UploadFault item={item} />
      {item.videoId && isWatchable && isWatched && slots.player(item.videoId)}
      {item.isGuarded && isEditable && <p className="text-sm text-warn">{t('guarded')}</p>}
      {isOpen && isEditable && (
        <div className="flex flex-col gap-5 border-t border-line pt-5">
          <VideoDetailsFields details={item.details} onChange={(change) => uploadStore.changeDetails(item.id, change)} />
          <FormatPicker chosen={item.formats} offers={item.offers} onChange={(formats) => uploadStore.chooseFormats(item.id, formats)} />
        </div>
      )}
      <div className="flex flex-wrap items-center justify-end gap-2">
        {isEditable && (
          <Button look="ghost" className="me-auto" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {t('details')}
          </Button>
        )}
        {isWatchable && (
          <Button className="me-auto" aria-expanded={isWatched} onClick={() => onWatch(!isWatched)}>
            {isWatched ? <X aria-hidden /> : <Play aria-hidden />}
            {isWatched ? t('watch_close') : t('watch')}
          </Button>
        )}
        {item.videoId && slots.links({ videoId: item.videoId, jobId: item.jobId })}
        {isEditable && <StartButton item={item} />}
      </div>
    </Card>
  )
}

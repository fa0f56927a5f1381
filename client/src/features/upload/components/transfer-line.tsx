import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { ProgressBar } from '@/components/progress-bar'
import { toAnnounced } from '@/lib/announced-percent'
import { formatBytes, formatPercent } from '@/lib/format'
import { useRoughTime } from '@/lib/use-rough-time'
import { percentOf, type UploadItem } from '../state/upload-item'

function statusOf(item: UploadItem, t: TFunction<'upload'>): string {
  if (item.stage === 'transfer') {
    if (item.isWanted && item.transfer.status === 'sending') return t('status.waiting_start')
    return t(`status.${item.transfer.status}`)
  }
  return t(`status.${item.stage}`)
}

function toneOf({ transfer, problem, stage }: UploadItem) {
  if (transfer.status === 'failed' || problem) return 'bad'
  if (transfer.status === 'paused' || transfer.status === 'waiting') return 'still'
  return stage === 'transfer' ? 'ember' : 'good'
}

/** The progress of one upload, with bytes, speed and time left in words. */
export function TransferLine({ item }: { item: UploadItem }) {
  const { t, i18n } = useTranslation('upload')
  const roughTime = useRoughTime()
  const { transfer } = item
  const percent = percentOf(item)
  const bytes = (value: number) => formatBytes(value, i18n.language)
  const facts = [
    transfer.status !== 'done' && t('progress', { sent: bytes(transfer.sentBytes), total: bytes(transfer.totalBytes) }),
    transfer.speedBps !== null && t('speed', { speed: bytes(transfer.speedBps) }),
    transfer.etaSeconds !== null && t('left', { time: roughTime(transfer.etaSeconds) }),
  ].filter(Boolean)
  return (
    <div className="flex flex-col gap-1.5">
      <ProgressBar percent={percent} label={t('progress_of', { name: item.filename })} tone={toneOf(item)} />
      <div className="flex flex-wrap justify-between gap-x-4 text-sm text-ink-soft tabular-nums">
        <p role="status">{statusOf(item, t)}</p>
        {transfer.status !== 'done' && (
          <p>
            {facts.join(' · ')} <span className="ms-2 font-medium text-ink">{formatPercent(percent, i18n.language)}</span>
          </p>
        )}
      </div>
      <p aria-live="polite" className="sr-only">
        {transfer.status === 'sending' && t('announce', { name: item.filename, percent: formatPercent(toAnnounced(percent), i18n.language) })}
      </p>
    </div>
  )
}

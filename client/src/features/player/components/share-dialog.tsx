import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CheckBox } from '@/components/check-box'
import { CopyButton } from '@/components/copy-button'
import { Dialog } from '@/components/dialog'
import { TextAreaField, TextField } from '@/components/text-field'
import type { Video } from '@/lib/api/models'
import { formatClock } from '@/lib/format'

interface ShareDialogProps {
  video: Video
  /** The current playback position in seconds. */
  seconds: number
  isOpen: boolean
  onClose: () => void
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}

export function ShareDialog({ video, seconds, isOpen, onClose }: ShareDialogProps) {
  const { t } = useTranslation('player')
  const [isTimed, setTimed] = useState(false)
  const at = Math.floor(seconds)
  const suffix = isTimed && at > 0 ? `?t=${at}` : ''
  const link = `${window.location.origin}/videos/${video.id}${suffix}`
  const embed =
    `<iframe src="${window.location.origin}/embed/${video.id}${suffix}" width="640" height="360" ` +
    `title="${escapeAttribute(video.title)}" allow="fullscreen; picture-in-picture" style="border:0"></iframe>`
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t('share_title')}>
      <div className="flex flex-col gap-4">
        {video.visibility === 'private' && <p className="rounded-lg bg-warn-soft px-3 py-2 text-sm text-warn">{t('share_private')}</p>}
        <div className="flex items-end gap-2">
          <TextField label={t('share_link')} readOnly value={link} className="grow" onFocus={(event) => event.target.select()} />
          <CopyButton text={link} label={t('copy_link')} />
        </div>
        {at > 0 && <CheckBox isChecked={isTimed} onChange={setTimed} label={t('share_at', { time: formatClock(at) })} />}
        <TextAreaField label={t('share_embed')} readOnly value={embed} rows={4} textClassName="font-mono" onFocus={(event) => event.target.select()} />
        <CopyButton text={embed} label={t('copy_embed')} className="self-end" />
      </div>
    </Dialog>
  )
}

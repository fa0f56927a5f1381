import { CloudUpload, FolderOpen, Plus } from 'lucide-react'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { cn } from '@/lib/class-names'
import { getConfig } from '@/lib/config'
import { formatBytes } from '@/lib/format'
import { ACCEPT } from '../engine/video-types'
import type { CollectedFile } from '../state/collect-files'

interface DropZoneProps {
  isOver: boolean
  /** Smaller when there are uploads below it. */
  isCompact: boolean
  onFiles: (files: CollectedFile[]) => void
}

export function DropZone({ isOver, isCompact, onFiles }: DropZoneProps) {
  const { t, i18n } = useTranslation('upload')
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const take = (input: HTMLInputElement) => {
    onFiles([...(input.files ?? [])].map((file) => ({ file })))
    // Reset, so that the same file can be chosen again to resume it.
    input.value = ''
  }
  return (
    <div
      className={cn(
        'flex flex-col items-center gap-3 rounded-2xl border-2 border-dashed border-line-strong/50 text-center transition-colors',
        isCompact ? 'px-4 py-6' : 'px-4 py-14 sm:py-24',
        isOver ? 'border-ember bg-ember-soft' : 'bg-surface/60',
      )}
    >
      {!isCompact && (
        <div aria-hidden className="mb-2 grid size-16 place-items-center rounded-2xl bg-ember-soft text-ember-strong">
          <CloudUpload className="size-8" />
        </div>
      )}
      <h2 className={cn('font-semibold', isCompact ? 'text-base' : 'text-xl')}>{isOver ? t('drop.now') : t('drop.title')}</h2>
      {!isCompact && <p className="max-w-md text-ink-soft">{t('drop.text')}</p>}
      <div className="mt-1 flex flex-wrap justify-center gap-2">
        <Button look={isCompact ? 'secondary' : 'primary'} size={isCompact ? 'normal' : 'large'} onClick={() => files.current?.click()}>
          <Plus aria-hidden />
          {isCompact ? t('drop.more') : t('drop.choose')}
        </Button>
        <Button look="ghost" size={isCompact ? 'normal' : 'large'} onClick={() => folder.current?.click()}>
          <FolderOpen aria-hidden />
          {t('drop.choose_folder')}
        </Button>
      </div>
      <p className="text-sm text-ink-faint">{t('drop.limits', { size: formatBytes(getConfig().max_upload_bytes, i18n.language) })}</p>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        accept={ACCEPT}
        data-testid="file-input"
        aria-label={t('drop.choose')}
        onChange={(event) => take(event.currentTarget)}
      />
      <input ref={folder} type="file" hidden aria-label={t('drop.choose_folder')} {...{ webkitdirectory: '' }} onChange={(event) => take(event.currentTarget)} />
    </div>
  )
}

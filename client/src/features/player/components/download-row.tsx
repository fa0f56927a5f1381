import { Download, LoaderCircle } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { formatBytes } from '@/lib/format'

interface DownloadRowProps {
  name: string
  facts: string
  rate: string
  size: number | null
  isBusy: boolean
  onDownload: () => void
  /** What stands beside the download, and below it. */
  action?: ReactNode
  below?: ReactNode
}

/** A rendition or the source: a click downloads it. */
export function DownloadRow({ name, facts, rate, size, isBusy, onDownload, action, below }: DownloadRowProps) {
  const { t, i18n } = useTranslation('player')
  return (
    <li>
      <div className="flex items-center gap-1">
        <button
          type="button"
          aria-label={t('download_of', { format: name })}
          onClick={onDownload}
          className="flex w-full min-w-0 items-center gap-3 rounded-lg px-2 py-2 text-start text-sm hover:bg-sunken dark:hover:bg-raised"
        >
          <span className="w-14 shrink-0 font-medium">{name}</span>
          <span className="min-w-0 grow text-ink-faint tabular-nums">
            <span className="block truncate">{facts}</span>
            <span className="block text-xs">{rate}</span>
          </span>
          <span className="shrink-0 text-ink-soft tabular-nums">{size !== null && formatBytes(size, i18n.language)}</span>
          {isBusy ? <LoaderCircle aria-hidden className="size-4 animate-spin" /> : <Download aria-hidden className="size-4 text-ink-faint" />}
        </button>
        {action}
      </div>
      {below}
    </li>
  )
}

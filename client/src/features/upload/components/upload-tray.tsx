import { useQueryClient } from '@tanstack/react-query'
import { Link, useLocation } from '@tanstack/react-router'
import { Upload } from 'lucide-react'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { ProgressBar } from '@/components/progress-bar'
import { formatPercent } from '@/lib/format'
import { uploadStore, useUploadItems } from '../state/uploads'

/** Shows running uploads on all other pages, and asks before leaving would interrupt them. */
export function UploadTray() {
  const { t, i18n } = useTranslation('upload')
  const items = useUploadItems()
  const queryClient = useQueryClient()
  const { pathname } = useLocation()
  const confirmed = items.filter((item) => item.videoId).length

  useEffect(() => {
    const guard = (event: BeforeUnloadEvent) => {
      if (uploadStore.isBusy()) event.preventDefault()
    }
    window.addEventListener('beforeunload', guard)
    return () => window.removeEventListener('beforeunload', guard)
  }, [])
  useEffect(() => {
    if (confirmed) void queryClient.invalidateQueries({ queryKey: ['videos'] })
  }, [confirmed, queryClient])

  const moving = items.filter((item) => item.stage === 'transfer' && item.transfer.status !== 'failed')
  if (!moving.length || pathname === '/upload') return null
  // Includes finished uploads: otherwise the bar would jump back whenever one of several finishes.
  const counted = items.filter((item) => item.transfer.status !== 'failed')
  const total = counted.reduce((sum, item) => sum + item.transfer.totalBytes, 0)
  const percent = (counted.reduce((sum, item) => sum + item.transfer.sentBytes, 0) / Math.max(1, total)) * 100
  const text = t('tray', { count: moving.length, percent: formatPercent(percent, i18n.language) })
  return (
    <Link
      to="/upload"
      className="fixed end-3 bottom-20 z-30 flex w-64 animate-rise items-center gap-3 rounded-xl border border-line bg-raised p-3 text-sm shadow-card sm:end-6 sm:bottom-6"
    >
      <Upload aria-hidden className="size-5 shrink-0 text-ember" />
      <span className="min-w-0 grow">
        <span className="mb-1 block truncate tabular-nums">{text}</span>
        <ProgressBar size="thin" percent={percent} label={text} />
      </span>
    </Link>
  )
}

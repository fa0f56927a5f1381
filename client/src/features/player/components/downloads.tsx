import { Download, LoaderCircle } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Card, CardTitle } from '@/components/card'
import { ProblemNotice } from '@/components/problem-notice'
import type { Video } from '@/lib/api/models'
import { formatBitrate, formatBytes } from '@/lib/format'
import { useDownload } from '../state/use-download'

/** A row for each rendition, with a button that downloads its MP4. */
export function Downloads({ video, isOwn }: { video: Video; isOwn: boolean }) {
  const { t, i18n } = useTranslation('player')
  const language = i18n.language
  const download = useDownload(video.id)
  const rows = video.renditions
    .toSorted((left, right) => right.height - left.height)
    .map((rendition) => ({
      format: rendition.format,
      name: rendition.format,
      facts: `${rendition.width} × ${rendition.height}`,
      rate: formatBitrate(rendition.bitrate_bps, language),
      size: rendition.size_bytes as number | null,
    }))
  const source = { format: 'source', name: t('download_source'), facts: video.original_filename, rate: video.video_codec, size: video.file_size_bytes }
  return (
    <Card>
      <CardTitle className="mb-2">{t('downloads')}</CardTitle>
      {download.isError && <ProblemNotice error={download.error} />}
      <ul className="-mx-2">
        {[...rows, ...(isOwn ? [source] : [])].map(({ format, name, facts, rate, size }) => (
          <li key={format}>
            <button
              type="button"
              aria-label={t('download_of', { format: name })}
              onClick={() => download.mutate(format)}
              className="flex w-full items-center gap-3 rounded-lg px-2 py-2 text-start text-sm hover:bg-sunken dark:hover:bg-raised"
            >
              <span className="w-14 shrink-0 font-medium">{name}</span>
              <span className="min-w-0 grow text-ink-faint tabular-nums">
                <span className="block truncate">{facts}</span>
                <span className="block text-xs">{rate}</span>
              </span>
              <span className="shrink-0 text-ink-soft tabular-nums">{size !== null && formatBytes(size, language)}</span>
              {download.isPending && download.variables === format ? (
                <LoaderCircle aria-hidden className="size-4 animate-spin" />
              ) : (
                <Download aria-hidden className="size-4 text-ink-faint" />
              )}
            </button>
          </li>
        ))}
      </ul>
    </Card>
  )
}

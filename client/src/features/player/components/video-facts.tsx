import { useTranslation } from 'react-i18next'
import { Card, CardTitle } from '@/components/card'
import type { Video } from '@/lib/api/models'
import { formatBytes, formatClock } from '@/lib/format'

/** "30000/1001" as a decimal number: 29.97. */
export function formatFrameRate(fraction: string, language: string): string {
  const [frames = 0, seconds = 1] = fraction.split('/').map(Number)
  return new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(frames / (seconds || 1))
}

export function VideoFacts({ video }: { video: Video }) {
  const { t, i18n } = useTranslation('player')
  const language = i18n.language
  const rows = [
    [t('fact.size'), video.width && video.height && `${video.width} × ${video.height}`],
    [t('fact.duration'), video.duration_seconds && formatClock(video.duration_seconds)],
    [t('fact.codecs'), [video.video_codec, video.audio_codec].filter(Boolean).join(' + ')],
    [t('fact.frame_rate'), video.frame_rate && formatFrameRate(video.frame_rate, language)],
    [t('fact.container'), video.container],
    [t('fact.file'), video.original_filename],
    [t('fact.file_size'), video.file_size_bytes && formatBytes(video.file_size_bytes, language)],
  ].filter((row): row is [string, string] => Boolean(row[1]))
  return (
    <Card>
      <CardTitle className="mb-3">{t('about')}</CardTitle>
      <dl className="grid grid-cols-[auto_1fr] gap-x-5 gap-y-2 text-sm">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-faint">{name}</dt>
            <dd className="min-w-0 text-end break-words tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}

import { useTranslation } from 'react-i18next'
import type { Video } from '@/lib/api/models'
import { formatBitrate } from '@/lib/format'
import { useRemaking } from '../state/use-remaking'
import { DownloadRow } from './download-row'
import { RemakeButton } from './remake-button'
import { RemakingLine } from './remaking-line'

interface RenditionRowProps {
  video: Video
  rendition: Video['renditions'][number]
  isOwn: boolean
  isBusy: boolean
  onDownload: () => void
}

/** A rendition to download. Its owner can have it made again, and sees how far that is. */
export function RenditionRow({ video, rendition, isOwn, isBusy, onDownload }: RenditionRowProps) {
  const { i18n } = useTranslation('player')
  const { format: name, width, height, bitrate_bps, size_bytes } = rendition
  const { format, job } = useRemaking(video, name, isOwn)
  return (
    <DownloadRow
      name={name}
      facts={`${width} × ${height}`}
      rate={formatBitrate(bitrate_bps, i18n.language)}
      size={size_bytes}
      isBusy={isBusy}
      onDownload={onDownload}
      action={isOwn && format && !job && <RemakeButton videoId={video.id} rendition={name} format={format} />}
      below={job && <RemakingLine job={job} rendition={name} />}
    />
  )
}

import { useTranslation } from 'react-i18next'
import { Card, CardTitle } from '@/components/card'
import { ProblemNotice } from '@/components/problem-notice'
import type { Video } from '@/lib/api/models'
import { useDownload } from '../state/use-download'
import { DownloadRow } from './download-row'
import { RenditionRow } from './rendition-row'

/** A row for each rendition, with a button that downloads its MP4; for the owner also the source. */
export function Downloads({ video, isOwn }: { video: Video; isOwn: boolean }) {
  const { t } = useTranslation('player')
  const download = useDownload(video.id)
  const bind = (format: string) => ({
    isBusy: download.isPending && download.variables === format,
    onDownload: () => download.mutate(format),
  })
  return (
    <Card>
      <CardTitle className="mb-2">{t('downloads')}</CardTitle>
      {download.isError && <ProblemNotice error={download.error} />}
      <ul className="-mx-2">
        {video.renditions
          .toSorted((left, right) => right.height - left.height)
          .map((rendition) => (
            <RenditionRow key={rendition.format} video={video} rendition={rendition} isOwn={isOwn} {...bind(rendition.format)} />
          ))}
        {isOwn && (
          <DownloadRow name={t('download_source')} facts={video.original_filename} rate={video.video_codec} size={video.file_size_bytes} {...bind('source')} />
        )}
      </ul>
    </Card>
  )
}

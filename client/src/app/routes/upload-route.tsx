import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { Skeleton } from '@/components/skeleton'
import { VideoScreen } from '@/features/player/components/video-screen'
import { UploadPage } from '@/features/upload/components/upload-page'
import { videoQuery } from '@/lib/requests/get-video'

function Watch({ videoId }: { videoId: string }) {
  const { data: video } = useQuery(videoQuery(videoId))
  return video ? <VideoScreen video={video} startAt={0} /> : <Skeleton className="aspect-video w-full" />
}

export function UploadRoute() {
  const { t } = useTranslation('upload')
  return (
    <UploadPage
      player={(videoId) => <Watch videoId={videoId} />}
      links={({ videoId, jobId }) => (
        <>
          <Button look="ghost" render={<Link to="/videos/$videoId" params={{ videoId }} />}>
            {t('open_video')}
          </Button>
          {jobId && (
            <Button look="primary" render={<Link to="/jobs/$jobId" params={{ jobId }} />}>
              {t('watch_job')}
            </Button>
          )}
        </>
      )}
    />
  )
}

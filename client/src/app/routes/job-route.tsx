import { getRouteApi, Link } from '@tanstack/react-router'
import { Play } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { JobPage } from '@/features/jobs/components/job-page'
import { VideoScreen } from '@/features/player/components/video-screen'

const route = getRouteApi('/shell/jobs/$jobId')

export function JobRoute() {
  const { jobId } = route.useParams()
  const { t } = useTranslation('jobs')
  return (
    <JobPage
      id={jobId}
      player={(video) => <VideoScreen video={video} startAt={0} />}
      links={({ videoId, isReady, isOver, isMine }) => (
        <div className="flex flex-wrap gap-2">
          {videoId && (
            <Button look={isReady ? 'primary' : 'secondary'} render={<Link to="/videos/$videoId" params={{ videoId }} />}>
              {isReady && <Play aria-hidden />}
              {!isReady ? t('to_video') : isOver ? t('watch') : t('watch_ready')}
            </Button>
          )}
          {!isMine && (
            <Button look="ghost" render={<Link to="/admin" />}>
              {t('to_admin')}
            </Button>
          )}
          {isOver && isMine && (
            <Button look="ghost" render={<Link to="/my-videos" />}>
              {t('to_mine')}
            </Button>
          )}
        </div>
      )}
    />
  )
}

import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Button } from '@/components/button'
import { VideoPage } from '@/features/player/components/video-page'

const route = getRouteApi('/shell/videos/$videoId')

export function VideoRoute() {
  const { videoId } = route.useParams()
  const { t = 0 } = route.useSearch()
  const navigate = useNavigate()
  return (
    <VideoPage
      key={videoId}
      id={videoId}
      startAt={t}
      jobLink={(jobId, label) => (
        <Button look="primary" render={<Link to="/jobs/$jobId" params={{ jobId }} />}>
          {label}
        </Button>
      )}
      onStarted={(job) => void navigate({ to: '/jobs/$jobId', params: { jobId: job.id } })}
      onDeleted={() => void navigate({ to: '/my-videos' })}
    />
  )
}

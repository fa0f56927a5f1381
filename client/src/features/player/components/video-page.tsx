import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Pencil, Share2 } from 'lucide-react'
import { useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { ProblemNotice } from '@/components/problem-notice'
import { Skeleton } from '@/components/skeleton'
import type { Job } from '@/lib/api/models'
import { formatCount, formatDate } from '@/lib/format'
import { videoQuery } from '@/lib/requests/get-video'
import { useMe } from '@/lib/session'
import { usePageTitle } from '@/lib/use-page-title'
import { useWatchable } from '@/lib/use-watchable'
import { useLatestJob } from '../api/list-jobs'
import { Description } from './description'
import { Downloads } from './downloads'
import { EditDialog } from './edit-dialog'
import { NotReady } from './not-ready'
import { OwnerMenu } from './owner-menu'
import { ProcessDialog } from './process-dialog'
import { ShareDialog } from './share-dialog'
import { VideoFacts } from './video-facts'
import { VideoScreen } from './video-screen'

interface VideoPageProps {
  id: string
  startAt: number
  jobLink: (jobId: string, label: string) => ReactNode
  onStarted: (job: Job) => void
  onDeleted: () => void
}

type Asking = 'share' | 'edit' | 'process' | null

export function VideoPage({ id, startAt, jobLink, onStarted, onDeleted }: VideoPageProps) {
  const { t, i18n } = useTranslation('player')
  const { t: common } = useTranslation()
  const me = useMe()
  const query = useQuery({ ...videoQuery(id), refetchInterval: ({ state }) => (state.data?.status === 'processing' ? 5000 : state.data?.status === 'uploaded' ? 15_000 : false) })
  const [asking, setAsking] = useState<Asking>(null)
  const [sharedAt, setSharedAt] = useState(0)
  const seconds = useRef(0)
  const video = query.data
  const isWatchable = useWatchable(video)
  const isOwn = Boolean(me) && me?.id === video?.user_id
  const job = useLatestJob(id, isOwn && video?.status === 'processing')
  usePageTitle(video?.title)
  if (query.isError) {
    return (
      <div className="flex flex-col items-start gap-4">
        <ProblemNotice isPage error={query.error} onRetry={() => void query.refetch()} />
        <Button render={<Link to="/gallery" />}>{common('to_gallery')}</Button>
      </div>
    )
  }
  if (!video) return <Skeleton className="aspect-video max-w-5xl" />
  const close = () => setAsking(null)
  const facts = [
    t('views', { count: video.views, shown: formatCount(video.views, i18n.language) }),
    t('uploaded_on', { date: formatDate(video.created_at, i18n.language) }),
  ]
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[minmax(0,1fr)_21rem] 3xl:grid-cols-[minmax(0,1fr)_26rem]">
      <div className="flex min-w-0 flex-col gap-4">
        {isWatchable ? (
          <VideoScreen video={video} startAt={startAt} onTime={(now) => (seconds.current = now)} />
        ) : (
          <NotReady video={video} isOwn={isOwn} jobLink={jobLink} onProcess={() => setAsking('process')} />
        )}
        <div className="flex flex-wrap items-start justify-between gap-3">
          <div className="min-w-0 grow basis-72">
            <h1 className="text-xl font-semibold break-words sm:text-2xl">{video.title}</h1>
            <p className="mt-1 text-sm text-ink-faint">{facts.join(' · ')}</p>
          </div>
          <div className="flex flex-wrap gap-1">
            {isWatchable && job && jobLink(job.id, t('show_job'))}
            <Button
              onClick={() => {
                setSharedAt(seconds.current)
                setAsking('share')
              }}
            >
              <Share2 aria-hidden />
              {t('share')}
            </Button>
            {isOwn && (
              <Button onClick={() => setAsking('edit')}>
                <Pencil aria-hidden />
                {t('edit')}
              </Button>
            )}
            {isOwn && <OwnerMenu video={video} onProcess={() => setAsking('process')} onDeleted={onDeleted} />}
          </div>
        </div>
        <Description video={video} />
      </div>
      <aside className="flex flex-col gap-6">
        {(video.renditions.length > 0 || isOwn) && <Downloads video={video} isOwn={isOwn} />}
        <VideoFacts video={video} />
      </aside>
      <ShareDialog video={video} seconds={sharedAt} isOpen={asking === 'share'} onClose={close} />
      <EditDialog video={video} isOpen={asking === 'edit'} onClose={close} />
      <ProcessDialog video={video} isOpen={asking === 'process'} onClose={close} onStarted={onStarted} />
    </div>
  )
}

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { RotateCw } from 'lucide-react'
import { useEffect, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { Card, CardTitle } from '@/components/card'
import { PageHeader } from '@/components/page-header'
import { ProblemNotice } from '@/components/problem-notice'
import { Skeleton } from '@/components/skeleton'
import type { Video } from '@/lib/api/models'
import { isProblem } from '@/lib/api/problem'
import { videoQuery } from '@/lib/requests/get-video'
import { useMe } from '@/lib/session'
import { jobQuery } from '@/lib/requests/get-job'
import { retryJob } from '../api/retry-job'
import { isFinal } from '@/lib/job/merge-job'
import { useJobTitle } from '../state/use-job-title'
import { useLiveJob } from '../state/use-live-job'
import { JobActions } from './job-actions'
import { JobFacts } from './job-facts'
import { JobFailure } from './job-failure'
import { JobNotes } from './job-notes'
import { JobProgress } from './job-progress'
import { JobScreen } from './job-screen'
import { RenditionRows } from './rendition-rows'

export interface JobPlace {
  /** Null where the video no longer exists or is not visible to this user. */
  videoId: string | null
  /** At least one rendition can be watched. */
  isReady: boolean
  isOver: boolean
  isMine: boolean
}

interface JobPageProps {
  id: string
  /** Links to the pages that come next. */
  links: (job: JobPlace) => ReactNode
  player: (video: Video) => ReactNode
}

export function JobPage({ id, links, player }: JobPageProps) {
  const { t } = useTranslation('jobs')
  const queryClient = useQueryClient()
  const me = useMe()
  const { query, isInterrupted } = useLiveJob(id)
  const job = query.data
  const video = useQuery({
    ...videoQuery(job?.video_id ?? ''),
    enabled: Boolean(job),
    // Published shortly after the job is done, or with the first rendition where the API publishes
    // early. A video that is deleted, or private to someone else, is not asked for again.
    refetchInterval: ({ state }) => (state.data?.status === 'ready' || isProblem(state.error) ? false : job?.status === 'completed' ? 1000 : 4000),
  })
  const title = video.data?.title ?? (video.isError ? t('nameless', { id: id.slice(0, 8) }) : '…')
  const isReady = video.data?.status === 'ready' && video.data.renditions.length > 0
  useJobTitle(job, title)
  useEffect(() => {
    if (job && isFinal(job)) void queryClient.invalidateQueries({ queryKey: ['videos'] })
  }, [job, queryClient])
  const retry = useMutation({
    mutationFn: () => retryJob(id),
    onSuccess: (next) => queryClient.setQueryData(jobQuery(id).queryKey, next),
  })

  if (query.isError) return <ProblemNotice isPage error={query.error} onRetry={() => void query.refetch()} />
  if (!job) return <Skeleton className="h-96" />
  // The API shows other users' jobs only to administrators; they can cancel one, and only its owner
  // can retry it.
  const isMine = !me || me.id === job.user_id
  return (
    <div className="mx-auto max-w-4xl">
      <PageHeader title={title} description={isFinal(job) ? undefined : t('close_tab')} actions={<JobActions job={job} title={title} isMine={isMine} />} />
      <div className="flex flex-col gap-5">
        {video.data && <JobScreen key={id} job={job} video={video.data} player={player} />}
        <Card className="flex flex-col gap-5">
          {!isMine && <p className="text-sm text-ink-faint">{t('foreign')}</p>}
          <JobProgress job={job} />
          {job.error && <JobFailure error={job.error} isBusy={retry.isPending} onRetry={isMine ? () => retry.mutate() : undefined} />}
          {job.status === 'cancelled' && isMine && (
            <Button className="self-start" isBusy={retry.isPending} onClick={() => retry.mutate()}>
              <RotateCw aria-hidden />
              {t('restart')}
            </Button>
          )}
          {retry.isError && <ProblemNotice error={retry.error} />}
          {links({ videoId: isProblem(video.error, 'video_not_found') ? null : job.video_id, isReady, isOver: isFinal(job), isMine })}
          {isInterrupted && !isFinal(job) && <p className="text-sm text-ink-faint">{t('polling')}</p>}
        </Card>
        {job.renditions.length > 0 && (
          <Card>
            <CardTitle className="mb-4">{t('renditions')}</CardTitle>
            <RenditionRows job={job} />
          </Card>
        )}
        <JobNotes job={job} />
        <Card>
          <CardTitle className="mb-3">{t('facts')}</CardTitle>
          <JobFacts job={job} />
        </Card>
      </div>
    </div>
  )
}

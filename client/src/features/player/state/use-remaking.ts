import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Format, Job, Video } from '@/lib/api/models'
import { useActiveJobs } from '@/lib/job/active-jobs'
import { isFinal } from '@/lib/job/merge-job'
import { useFollowedJob } from '@/lib/job/use-followed-job'
import { videoQuery } from '@/lib/requests/get-video'
import { toast } from '@/lib/toast'

/** The gallery has a new rendition shortly after its job is done. */
const PUBLISHED_MS = 2000

interface Remaking {
  /** What to request to get this rendition; null where the API does not offer it any more. */
  format: Format | null
  /** The unfinished job that makes it again, if there is one. */
  job: Job | null
}

/** Follows the job that makes a rendition again, whoever started it and on whichever page. */
export function useRemaking(video: Video, rendition: string, isOwn: boolean): Remaking {
  const { t } = useTranslation('player')
  const queryClient = useQueryClient()
  const format = video.available_formats.find((offer) => offer.rendition === rendition)?.format ?? null
  const makes = (job: Job) =>
    job.video_id === video.id && (job.renditions.length ? job.renditions.some((made) => made.format === rendition) : job.output_formats.some((asked) => asked === format))
  const [id, setId] = useState<string | null>(null)
  const active = useActiveJobs(isOwn)?.find(makes)
  if (active && active.id !== id) setId(active.id)
  const followed = useFollowedJob(id)
  const ended = followed && isFinal(followed) ? followed.status : null
  useEffect(() => {
    if (!ended) return
    if (ended === 'completed') toast.done({ title: t('remade', { format: rendition }) })
    if (ended === 'failed') toast.error({ title: t('not_remade', { format: rendition }) })
    const timer = setTimeout(() => void queryClient.invalidateQueries(videoQuery(video.id)), PUBLISHED_MS)
    return () => clearTimeout(timer)
  }, [ended, id, queryClient, rendition, t, video.id])
  return { format, job: followed && !ended ? followed : null }
}

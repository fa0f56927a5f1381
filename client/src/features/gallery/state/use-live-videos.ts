/**
 * Keeps the user's own list current while jobs run: running jobs show their progress, finished ones
 * their result. The list itself is not refetched, which would take one request per page.
 */
import { useQueries, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { isProblem } from '@/lib/api/problem'
import type { Job, Video } from '@/lib/api/models'
import { useActiveJobs } from '@/lib/job/active-jobs'
import { videoQuery } from '@/lib/requests/get-video'

/**
 * The gallery learns of the end of a job a moment later; after that there is nothing left to ask.
 */
const ASK_AGAIN_MS = 2000
const MAX_AT_ONCE = 20

export interface LiveVideo {
  video: Video
  /** The job that is processing it, if any. */
  job: Job | undefined
}

export function useLiveVideos(videos: readonly Video[], isOwn: boolean): LiveVideo[] {
  const queryClient = useQueryClient()
  const active = useActiveJobs(isOwn)
  const jobs = useMemo(() => new Map((active ?? []).map((job) => [job.video_id, job])), [active])
  const ended = useEnded(jobs)

  const known = useMemo(() => new Set(videos.map(({ id }) => id)), [videos])
  const looked = useRef(new Set<string>())
  useEffect(() => {
    // Started elsewhere for a video this list does not have yet; one hidden by a filter is looked
    // up once.
    const fresh = [...jobs.keys()].filter((id) => !known.has(id) && !looked.current.has(id))
    fresh.forEach((id) => looked.current.add(id))
    if (fresh.length && known.size) void queryClient.invalidateQueries({ queryKey: ['videos', 'mine'] })
  }, [jobs, known, queryClient])

  const isAsked = (video: Video) => !jobs.has(video.id) && (ended.has(video.id) || video.status === 'processing')
  const asked = active ? videos.filter(isAsked).slice(0, MAX_AT_ONCE) : []
  const answers = useQueries({
    queries: asked.map(({ id }) => ({
      ...videoQuery(id),
      queryKey: [...videoQuery(id).queryKey, 'after', ended.get(id) ?? 'a job'],
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      refetchInterval: ({ state }: { state: { data: Video | undefined; error: Error | null } }) =>
        state.data?.status === 'processing' && !isProblem(state.error) ? ASK_AGAIN_MS : (false as const),
    })),
  })
  const newer = new Map(answers.flatMap(({ data }) => (data ? [[data.id, data] as const] : [])))
  return videos.map((video) => ({ video: newer.get(video.id) ?? video, job: jobs.get(video.id) }))
}

/** Videos whose job was running while the page was open and no longer is: video id → job id. */
function useEnded(jobs: ReadonlyMap<string, Job>): ReadonlyMap<string, string> {
  const [seen, setSeen] = useState<ReadonlyMap<string, string>>(new Map())
  const isNew = [...jobs].some(([id, job]) => seen.get(id) !== job.id)
  if (isNew) setSeen(new Map([...seen, ...[...jobs].map(([id, job]) => [id, job.id] as const)]))
  return seen
}

/**
 * One's own list, kept true while jobs go on: what is at work says how far it is, and what has ended says what
 * became of it. The list itself is not asked for anew, which would be a request for each of its pages.
 */
import { useQueries, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { isProblem } from '@/lib/api/problem'
import type { Job, Video } from '@/lib/api/models'
import { useActiveJobs } from '@/lib/job/active-jobs'
import { videoQuery } from '@/lib/requests/get-video'

/** The gallery hears of a job's end a moment after it; then there is nothing more to ask. */
const ASK_AGAIN_MS = 2000
const MOST_AT_ONCE = 20

export interface LiveVideo {
  video: Video
  /** The job that is at work on it, if one is. */
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
    // Begun elsewhere with a video that this list does not have yet; one that a filter leaves out is looked for once.
    const fresh = [...jobs.keys()].filter((id) => !known.has(id) && !looked.current.has(id))
    fresh.forEach((id) => looked.current.add(id))
    if (fresh.length && known.size) void queryClient.invalidateQueries({ queryKey: ['videos', 'mine'] })
  }, [jobs, known, queryClient])

  const isAsked = (video: Video) => !jobs.has(video.id) && (ended.has(video.id) || video.status === 'processing')
  const asked = active ? videos.filter(isAsked).slice(0, MOST_AT_ONCE) : []
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

/** Videos whose job was at work while the page was open, and is no more: id of the video → id of its job. */
function useEnded(jobs: ReadonlyMap<string, Job>): ReadonlyMap<string, string> {
  const [seen, setSeen] = useState<ReadonlyMap<string, string>>(new Map())
  const isNew = [...jobs].some(([id, job]) => seen.get(id) !== job.id)
  if (isNew) setSeen(new Map([...seen, ...[...jobs].map(([id, job]) => [id, job.id] as const)]))
  return seen
}

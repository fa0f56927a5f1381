import { useQuery } from '@tanstack/react-query'
import { isProblem } from '@/lib/api/problem'
import type { Job } from '@/lib/api/models'
import { jobQuery } from '@/lib/requests/get-job'
import { useActiveJobs } from './active-jobs'
import { isFinal, mergeJob } from './merge-job'

const POLL_MS = 5000

/** A job up to its end: from the list of those at work while it is in there, else asked for by itself. */
export function useFollowedJob(id: string | null): Job | undefined {
  const known = useQuery({ ...jobQuery(id ?? ''), enabled: false }).data
  const isOver = known !== undefined && isFinal(known)
  const active = useActiveJobs(id !== null && !isOver)
  const isListed = active?.some((job) => job.id === id) ?? false
  const { data } = useQuery({
    ...jobQuery(id ?? ''),
    enabled: id !== null && active !== undefined && !isListed && !isOver,
    // What the list said last is old the moment it says no more.
    staleTime: 0,
    structuralSharing: (before, next) => mergeJob(before as Job | undefined, next as Job),
    refetchInterval: ({ state }) => ((state.data && isFinal(state.data)) || isProblem(state.error) ? false : POLL_MS),
  })
  return data
}

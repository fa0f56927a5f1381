import { useQuery } from '@tanstack/react-query'
import { isProblem } from '@/lib/api/problem'
import type { Job } from '@/lib/api/models'
import { jobQuery } from '@/lib/requests/get-job'
import { useActiveJobs } from './active-jobs'
import { isFinal } from './merge-job'

const POLL_MS = 5000

/**
 * A job until it ends: from the list of active jobs while it is in there, else polled on its own.
 */
export function useFollowedJob(id: string | null): Job | undefined {
  const known = useQuery({ ...jobQuery(id ?? ''), enabled: false }).data
  const isOver = known !== undefined && isFinal(known)
  const active = useActiveJobs(id !== null && !isOver)
  const isListed = active?.some((job) => job.id === id) ?? false
  const { data } = useQuery({
    ...jobQuery(id ?? ''),
    enabled: id !== null && active !== undefined && !isListed && !isOver,
    // Once the job has left the list, its last data is stale.
    staleTime: 0,
    refetchInterval: ({ state }) => ((state.data && isFinal(state.data)) || isProblem(state.error) ? false : POLL_MS),
  })
  return data
}

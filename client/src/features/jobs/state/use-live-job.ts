/**
 * A job, kept up to date: server-sent events go into the query cache; while the stream is down the
 * job is polled every few seconds. EventSource reconnects by itself and sends the id of the last
 * event it got.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { isProblem } from '@/lib/api/problem'
import type { Job } from '@/lib/api/models'
import { buildPath } from '@/lib/api/request'
import { jobQuery } from '@/lib/requests/get-job'
import { isFinal } from '@/lib/job/merge-job'

const POLL_MS = 3000
/**
 * A stream that is refused (too many are open, or a proxy is in between) is opened again after
 * this.
 */
const RECONNECT_MS = 30_000

export function useLiveJob(id: string) {
  const queryClient = useQueryClient()
  const [line, setLine] = useState<'opening' | 'live' | 'down'>('opening')
  const query = useQuery({
    ...jobQuery(id),
    refetchInterval: ({ state }) => (line === 'live' || (state.data && isFinal(state.data)) || isProblem(state.error) ? false : POLL_MS),
  })
  const isOver = query.data ? isFinal(query.data) : false
  const exists = query.data !== undefined

  useEffect(() => {
    if (!exists || isOver || typeof EventSource === 'undefined') return
    let source: EventSource | null = null
    let timer: ReturnType<typeof setTimeout> | undefined
    const take = (event: MessageEvent<string>) => {
      queryClient.setQueryData(jobQuery(id).queryKey, JSON.parse(event.data) as Job)
    }
    const connect = () => {
      source = new EventSource(buildPath('/api/jobs/{job_id}/events', { job_id: id }))
      source.onopen = () => setLine('live')
      source.onerror = () => {
        setLine('down')
        if (source?.readyState === EventSource.CLOSED) timer = setTimeout(connect, RECONNECT_MS)
      }
      source.addEventListener('progress', take)
      source.addEventListener('state', take)
    }
    connect()
    return () => {
      source?.close()
      clearTimeout(timer)
      setLine('opening')
    }
  }, [exists, id, isOver, queryClient])

  return { query, isInterrupted: line === 'down' }
}

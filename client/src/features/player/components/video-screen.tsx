import { useQuery, useQueryClient } from '@tanstack/react-query'
import { ProblemNotice } from '@/components/problem-notice'
import { Skeleton } from '@/components/skeleton'
import type { Video } from '@/lib/api/models'
import { cn } from '@/lib/class-names'
import { streamQuery } from '../api/get-stream'
import { Player } from './player'

interface VideoScreenProps {
  video: Video
  startAt: number
  onTime?: (seconds: number) => void
  isBare?: boolean
}

/** Fetches the playback links and plays; when they expire it fetches new ones and resumes. */
export function VideoScreen({ video, startAt, onTime, isBare = false }: VideoScreenProps) {
  const queryClient = useQueryClient()
  const stream = useQuery(streamQuery(video.id))
  if (stream.isError) return <ProblemNotice error={stream.error} onRetry={() => void stream.refetch()} />
  const look = cn(isBare ? 'h-dvh' : 'max-h-[calc(100dvh-12rem)] rounded-card')
  if (!stream.data) return <Skeleton className={cn('aspect-video w-full', look)} />
  return (
    <Player
      key={video.id}
      stream={stream.data}
      title={video.title}
      poster={video.thumbnail_url}
      startAt={startAt}
      onExpired={() => void queryClient.refetchQueries(streamQuery(video.id))}
      onTime={onTime}
      className={look}
    />
  )
}

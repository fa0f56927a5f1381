import { useState } from 'react'
import type { Job, Video } from '@/lib/api/models'

/**
 * Whether something of a video can be watched: a rendition, or the first seconds of one that is
 * being encoded. Once true it stays so until processing fails or is cancelled, so that nobody loses
 * the player in the moment between the end of the job and its publication.
 */
export function useWatchable(video: Video | undefined, job?: Job): boolean {
  const [wasWatchable, setWatchable] = useState(false)
  if (!video) return false
  const isStopped = video.status === 'failed' || job?.status === 'failed' || job?.status === 'cancelled'
  const isWatchable = video.renditions.length > 0 || (!isStopped && Math.max(video.playable_seconds, job?.playable_seconds ?? 0) > 0)
  if (isWatchable && !wasWatchable) setWatchable(true)
  return isWatchable || (wasWatchable && !isStopped)
}

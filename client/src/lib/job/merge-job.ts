/**
 * Holds a job's progress against responses and events out of order. The API never lets a percentage
 * fall; this is the one place in the client that keeps it so (lib/query-client.ts applies it).
 */
import type { Job } from '@/lib/api/models'

const IS_FINAL: Record<Job['status'], boolean> = { pending: false, processing: false, completed: true, failed: true, cancelled: true }

export function isFinal(job: Job): boolean {
  return IS_FINAL[job.status]
}

export function mergeJob(known: Job | undefined, next: Job): Job {
  if (!known || known.id !== next.id) return next
  // A retry of the same job starts again at 0 %.
  if (next.attempts > known.attempts) return next
  if (next.attempts < known.attempts) return known
  if (isFinal(known) && !isFinal(next)) return known
  if (isFinal(next)) return next
  const percents = new Map(known.renditions.map((rendition) => [rendition.format, rendition.progress_percent]))
  return {
    ...next,
    progress_percent: Math.max(known.progress_percent, next.progress_percent),
    playable_seconds: Math.max(known.playable_seconds, next.playable_seconds),
    renditions: next.renditions.map((rendition) => ({
      ...rendition,
      progress_percent: Math.max(percents.get(rendition.format) ?? 0, rendition.progress_percent),
    })),
  }
}

import { request } from '@/lib/api/request'
import type { ChangeOutcome, Visibility } from '@/lib/api/models'
import { LIMITS } from '@/lib/api/vocabulary'

export type Change = { action: 'delete' } | { action: 'restore' } | { action: 'visibility'; visibility: Visibility }

/** Resolves to the outcome of each video: some may fail while others succeed. */
export async function changeVideos(ids: readonly string[], change: Change): Promise<ChangeOutcome[]> {
  const outcomes: ChangeOutcome[] = []
  for (let start = 0; start < ids.length; start += LIMITS.idsPerChange) {
    const body = { ids: ids.slice(start, start + LIMITS.idsPerChange), ...change }
    const { results } = await request('post', '/api/gallery/videos/bulk', { body })
    outcomes.push(...results)
  }
  return outcomes
}

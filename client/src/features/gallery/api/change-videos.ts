import { request } from '@/lib/api/request'
import type { ChangeOutcome, Visibility } from '@/lib/api/models'

export type Change = { action: 'delete' } | { action: 'restore' } | { action: 'visibility'; visibility: Visibility }

/** The API takes a hundred ids at a time. */
const MAX_IDS = 100

/** Resolves to the outcome of each video: some may fail while others succeed. */
export async function changeVideos(ids: readonly string[], change: Change): Promise<ChangeOutcome[]> {
  const outcomes: ChangeOutcome[] = []
  for (let start = 0; start < ids.length; start += MAX_IDS) {
    const body = { ids: ids.slice(start, start + MAX_IDS), ...change }
    const { results } = await request('post', '/api/gallery/videos/bulk', { body })
    outcomes.push(...results)
  }
  return outcomes
}

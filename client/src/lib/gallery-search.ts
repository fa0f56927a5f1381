/**
 * The search parameters of the gallery: query, filters and order. An invalid value counts as
 * missing.
 */
import { z } from 'zod'
import { LIMITS, VIDEO_STATUSES, VISIBILITIES } from '@/lib/api/vocabulary'

export const SORTS = ['-created_at', 'created_at', 'title', '-title', '-duration', 'duration', '-views', 'views'] as const

export const publicSearch = z.object({
  q: z.coerce.string().min(1).max(LIMITS.searchCharacters).optional().catch(undefined),
  tag: z.coerce.string().min(1).max(LIMITS.tagCharacters).optional().catch(undefined),
  sort: z.enum(SORTS).optional().catch(undefined),
  view: z.enum(['grid', 'list']).optional().catch(undefined),
})

export const mineSearch = publicSearch.extend({
  status: z.enum(VIDEO_STATUSES).optional().catch(undefined),
  visibility: z.enum(VISIBILITIES).optional().catch(undefined),
  trash: z.boolean().optional().catch(undefined),
})

export type PublicSearch = z.infer<typeof publicSearch>
export type MineSearch = z.infer<typeof mineSearch>

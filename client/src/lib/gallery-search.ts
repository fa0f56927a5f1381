/**
 * The search parameters of the gallery: query, filters and order. An invalid value counts as
 * missing.
 */
import { z } from 'zod'

export const SORTS = ['-created_at', 'created_at', 'title', '-title', '-duration', 'duration', '-views', 'views'] as const
export const STATUSES = ['uploaded', 'processing', 'ready', 'failed'] as const
export const VISIBILITIES = ['public', 'unlisted', 'private'] as const

export const publicSearch = z.object({
  q: z.coerce.string().min(1).max(200).optional().catch(undefined),
  tag: z.coerce.string().min(1).max(50).optional().catch(undefined),
  sort: z.enum(SORTS).optional().catch(undefined),
  view: z.enum(['grid', 'list']).optional().catch(undefined),
})

export const mineSearch = publicSearch.extend({
  status: z.enum(STATUSES).optional().catch(undefined),
  visibility: z.enum(VISIBILITIES).optional().catch(undefined),
  trash: z.boolean().optional().catch(undefined),
})

export type PublicSearch = z.infer<typeof publicSearch>
export type MineSearch = z.infer<typeof mineSearch>

/**
 * The details typed for a file, kept in this browser until its video exists or its owner signs out:
 * a local setting of the user, `draft.` + the fingerprint of the file, as JSON. Saved at each
 * change, since a tab can be closed at any time.
 */
import { z } from 'zod'
import type { VideoDetails } from '@/components/video-details-fields'
import { FORMATS } from '@/lib/api/formats'
import type { Format } from '@/lib/api/models'
import { LIMITS, VISIBILITIES } from '@/lib/api/vocabulary'
import { listSettings, nameOwned, readSetting, saveSetting } from '@/lib/local-setting'

export interface Draft {
  details: VideoDetails
  formats: Format[]
  isWanted: boolean
}

/** Longer than an upload can stay open at the store. */
const KEPT_MS = 14 * 24 * 3600 * 1000

const schema = z.object({
  savedAt: z.number(),
  details: z.object({
    title: z.string().max(LIMITS.titleCharacters),
    description: z.string().max(LIMITS.descriptionCharacters),
    tags: z.array(z.string()),
    visibility: z.enum(VISIBILITIES),
  }),
  formats: z.array(z.enum(FORMATS.map(({ format }) => format))),
  isWanted: z.boolean(),
})

const nameOf = (ownerId: string, fingerprint: string) => nameOwned(ownerId, `draft.${fingerprint}`)

function read(name: string): z.infer<typeof schema> | null {
  try {
    return schema.parse(JSON.parse(readSetting(name) ?? 'null'))
  } catch {
    return null
  }
}

export function findDraft(ownerId: string, fingerprint: string): Draft | null {
  return read(nameOf(ownerId, fingerprint))
}

export function saveDraft(ownerId: string, fingerprint: string, { details, formats, isWanted }: Draft): void {
  saveSetting(nameOf(ownerId, fingerprint), JSON.stringify({ savedAt: Date.now(), details, formats, isWanted }))
}

export function forgetDraft(ownerId: string, fingerprint: string): void {
  saveSetting(nameOf(ownerId, fingerprint), null)
}

/** Deletes drafts that nobody returned to, whoever owns them. */
export function forgetOldDrafts(): void {
  for (const name of listSettings('')) {
    if (name.includes('.draft.') && (read(name)?.savedAt ?? 0) < Date.now() - KEPT_MS) saveSetting(name, null)
  }
}

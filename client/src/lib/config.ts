/**
 * What differs between environments, read at run time from /config.json, which the deployment
 * writes. One build serves all of them. A missing file or field means the default.
 */
import { z } from 'zod'

const schema = z.object({
  /** Shown in the header and the title; an installation may carry its owner's name. */
  site_name: z.string().min(1).default('VideoForge'),
  /** False hides registration, where accounts are created by an administrator. */
  sign_up: z.boolean().default(true),
  /** False where visitors must sign in to watch. */
  anonymous_viewing: z.boolean().default(true),
  /** The API's MAX_UPLOAD_BYTES, to reject a file before it is sent. */
  max_upload_bytes: z.number().positive().default(100 * 1024 ** 3),
  /** The API's TRASH_HOURS: how long a deleted video can be restored. */
  trash_hours: z.number().nonnegative().default(24),
})

export type Config = z.infer<typeof schema>

let current: Config = schema.parse({})

export async function loadConfig(): Promise<void> {
  try {
    const response = await fetch('/config.json', { cache: 'no-cache' })
    if (response.ok) current = schema.parse(await response.json())
  } catch {
    // The page works with the defaults; an invalid file must not lock people out.
  }
}

export function getConfig(): Config {
  return current
}

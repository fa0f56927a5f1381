// Made from docs/openapi.json by `npm run api:generate`. Do not edit.

export const VISIBILITIES = ["public", "unlisted", "private"] as const
export const VIDEO_STATUSES = ["uploaded", "processing", "ready", "failed"] as const
export const JOB_STATUSES = ["pending", "processing", "completed", "failed", "cancelled"] as const
export const TASK_STATUSES = ["pending", "running", "done", "failed", "cancelled"] as const
export const UPLOAD_TYPES = ["video/*", "application/mxf", "image/gif", "image/webp"] as const
/** The signs that count in a password. */
export const PASSWORD_SIGNS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

export const LIMITS = {
  passwordMinCharacters: 8,
  titleCharacters: 200,
  descriptionCharacters: 5000,
  tags: 30,
  tagCharacters: 50,
  searchCharacters: 200,
  pageItems: 100,
  idsPerChange: 100,
  lowestPriority: -10,
  highestPriority: 10,
} as const

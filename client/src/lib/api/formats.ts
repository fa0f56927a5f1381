// Made from docs/openapi.json by `npm run api:generate`. Do not edit.

export const FORMATS = [
  { format: '4K', longSide: 3840, shortSide: 2160 },
  { format: '1080p', longSide: 1920, shortSide: 1080 },
  { format: '720p', longSide: 1280, shortSide: 720 },
  { format: '480p', longSide: 854, shortSide: 480 },
] as const

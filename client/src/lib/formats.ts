/** The formats a person may ask for, and which of them a source is large enough for. */
import type { Format } from './api/models'

/** Highest first, as people read them. A rung counts by its short side. */
export const FORMATS: readonly { format: Format; longSide: number; shortSide: number }[] = [
  { format: '4K', longSide: 3840, shortSide: 2160 },
  { format: '1080p', longSide: 1920, shortSide: 1080 },
  { format: '720p', longSide: 1280, shortSide: 720 },
  { format: '480p', longSide: 854, shortSide: 480 },
]

export const USUAL_FORMATS: readonly Format[] = ['1080p', '720p', '480p']

/** True when the source, turned any way, is smaller than the format: it would only be blown up. */
export function isAboveSource(format: Format, source: { width: number; height: number } | null): boolean {
  if (!source) return false
  const wanted = FORMATS.find((rung) => rung.format === format)?.shortSide ?? 0
  return wanted > Math.min(source.width, source.height)
}

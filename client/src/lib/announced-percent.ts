/**
 * The percentage rounded down to a multiple of ten, so that a screen reader does not announce a
 * hundred values.
 */
export function toAnnounced(percent: number): number {
  return Math.floor(percent / 10) * 10
}

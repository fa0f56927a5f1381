/** The last whole ten of a percentage: what a screen reader is told, so that it is not told a hundred times. */
export function toAnnounced(percent: number): number {
  return Math.floor(percent / 10) * 10
}

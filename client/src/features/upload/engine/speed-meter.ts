const WINDOW_MS = 12_000
const SHORTEST_MS = 1_000

/** Bytes per second over the last 12 s: steady enough to read, quick enough to notice a slower network. */
export class SpeedMeter {
  private samples: { atMs: number; bytes: number }[] = []

  /** `bytes` is the total sent so far. */
  record(bytes: number, atMs: number = Date.now()): void {
    this.samples.push({ atMs, bytes })
    while (this.samples.length > 2 && (this.samples[0]?.atMs ?? atMs) < atMs - WINDOW_MS) this.samples.shift()
  }

  /** null until one second has been measured, and while nothing moves. */
  speedBps(): number | null {
    const first = this.samples[0]
    const last = this.samples.at(-1)
    if (!first || !last || last.atMs - first.atMs < SHORTEST_MS || last.bytes <= first.bytes) return null
    return ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs)
  }

  /** After a pause the old speed means nothing. */
  reset(): void {
    this.samples = []
  }
}

/**
 * Signed URLs of parts, requested in batches shortly before use, so that a URL never expires while
 * its part is queued.
 */
import type { SignedPart } from './ports'

const BATCH = 8
/** URLs are valid for 15 min; one older than 10 may expire while its part is being sent. */
const FRESH_MS = 10 * 60_000

export class Signatures {
  private readonly known = new Map<number, { url: string; atMs: number }>()
  private underway: Promise<void> | null = null
  private readonly sign: (partNumbers: number[]) => Promise<SignedPart[]>

  constructor(sign: (partNumbers: number[]) => Promise<SignedPart[]>) {
    this.sign = sign
  }

  /**
   * `upcoming` are the parts still to send, lowest first; they are signed along with the requested
   * one.
   */
  async getUrl(partNumber: number, upcoming: readonly number[]): Promise<string> {
    for (;;) {
      const url = this.findFresh(partNumber)
      if (url) return url
      // Workers that ask at the same time share one request.
      this.underway ??= this.fetch(this.planBatch(partNumber, upcoming)).finally(() => (this.underway = null))
      await this.underway
    }
  }

  forget(partNumber: number): void {
    this.known.delete(partNumber)
  }

  private findFresh(partNumber: number): string | null {
    const found = this.known.get(partNumber)
    return found && Date.now() - found.atMs < FRESH_MS ? found.url : null
  }

  private planBatch(partNumber: number, upcoming: readonly number[]): number[] {
    const others = upcoming.filter((other) => other !== partNumber && !this.findFresh(other))
    return [partNumber, ...others].slice(0, BATCH)
  }

  private async fetch(partNumbers: number[]): Promise<void> {
    for (const part of await this.sign(partNumbers)) this.known.set(part.part_number, { url: part.url, atMs: Date.now() })
  }
}

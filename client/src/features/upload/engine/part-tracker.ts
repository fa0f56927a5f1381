/**
 * Which parts are in the store, under way, or still to send. Hands them out lowest number first and never
 * further ahead than the window: the local store writes parts in order and keeps later ones in memory.
 */
import type { StoredPart } from './ports'

const WINDOW_PARTS = 12

export class PartTracker {
  readonly partCount: number
  private readonly partSize: number
  private readonly fileSize: number
  private readonly done = new Map<number, string | null>()
  private readonly sending = new Map<number, number>()
  private wakers: (() => void)[] = []

  constructor(options: { fileSize: number; partSize: number; partCount: number }) {
    this.fileSize = options.fileSize
    this.partSize = options.partSize
    this.partCount = options.partCount
  }

  /** Byte range of a part (numbers start at 1), end excluded. */
  range(partNumber: number): { start: number; end: number } {
    const start = (partNumber - 1) * this.partSize
    return { start, end: Math.min(start + this.partSize, this.fileSize) }
  }

  /**
   * Takes the store's word on what it has. A part whose size or ETag is not what we sent counts as missing.
   * Returns true when nothing is missing.
   */
  reconcile(stored: readonly StoredPart[]): boolean {
    const sent = new Map(this.done)
    this.done.clear()
    for (const part of stored) {
      const { start, end } = this.range(part.part_number)
      const expected = sent.get(part.part_number)
      const isOurs = expected === undefined || expected === null || sameEtag(expected, part.etag)
      if (part.size_bytes === end - start && isOurs) this.done.set(part.part_number, part.etag)
    }
    return this.done.size === this.partCount
  }

  missing(): number[] {
    const numbers = []
    for (let number = 1; number <= this.partCount; number += 1) {
      if (!this.done.has(number) && !this.sending.has(number)) numbers.push(number)
    }
    return numbers
  }

  /** Takes the lowest part to send; waits while it lies beyond the window; null when none is left. */
  async take(signal: AbortSignal): Promise<number | null> {
    for (;;) {
      signal.throwIfAborted()
      const next = this.missing()[0]
      if (next === undefined) return null
      const lowestOpen = Math.min(next, ...this.sending.keys())
      if (next - lowestOpen < WINDOW_PARTS) {
        this.sending.set(next, 0)
        return next
      }
      await new Promise<void>((resolve) => this.wakers.push(resolve))
    }
  }

  report(partNumber: number, bytes: number): void {
    if (this.sending.has(partNumber)) this.sending.set(partNumber, bytes)
  }

  finish(partNumber: number, etag: string | null): void {
    this.sending.delete(partNumber)
    this.done.set(partNumber, etag)
    this.wake()
  }

  release(partNumber: number): void {
    this.sending.delete(partNumber)
    this.wake()
  }

  sentBytes(): number {
    let bytes = 0
    for (const number of this.done.keys()) {
      const { start, end } = this.range(number)
      bytes += end - start
    }
    for (const sent of this.sending.values()) bytes += sent
    return bytes
  }

  private wake(): void {
    for (const waker of this.wakers.splice(0)) waker()
  }
}

function sameEtag(left: string, right: string): boolean {
  return left.replaceAll('"', '') === right.replaceAll('"', '')
}

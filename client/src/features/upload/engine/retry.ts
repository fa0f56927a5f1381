/**
 * Tries again what may pass: waits for the network where there is none, else backs off. One place, so that
 * parts, signatures and the API's calls all behave alike.
 */
import { ProblemError } from '@/lib/api/problem'
import { backoffMs, sleep } from './backoff'
import { isPassing, TransferFault } from './faults'
import type { Connectivity } from './ports'

/** With pauses up to 30 s this bears about five minutes of a network that is gone but not known to be. */
const MAX_ATTEMPTS = 15
/** A fresh signature that is refused three times in a row is refused for another reason than its age. */
const MAX_SIGNATURES = 3

export interface RetryOptions {
  signal: AbortSignal
  connectivity: Connectivity
  /** Called with true when a wait begins and false when a try goes through. */
  onWaiting: (waiting: boolean) => void
  /** Called before a try that needs a fresh signature. */
  onExpired?: () => void
}

function mayPass(error: unknown): boolean {
  if (error instanceof TransferFault) return isPassing(error.kind)
  return error instanceof ProblemError && error.problem.retryable
}

export async function withRetries<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, connectivity, onWaiting } = options
  let expired = 0
  for (let attempt = 1; ; attempt += 1) {
    try {
      const result = await work()
      onWaiting(false)
      return result
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof TransferFault && error.kind === 'expired' && expired < MAX_SIGNATURES) {
        expired += 1
        options.onExpired?.()
        continue
      }
      if (!mayPass(error) || attempt >= MAX_ATTEMPTS) throw error
      onWaiting(true)
      if (connectivity.isOnline()) await sleep(waitMs(error, attempt), signal)
      else {
        await connectivity.untilOnline(signal)
        attempt = 0
      }
    }
  }
}

function waitMs(error: unknown, attempt: number): number {
  const requestedSeconds = error instanceof ProblemError ? error.retryAfterSeconds : null
  return Math.max(backoffMs(attempt), (requestedSeconds ?? 0) * 1000)
}

const FIRST_MS = 500
const MAX_MS = 30_000

/**
 * Pause before the given attempt (from 1), in milliseconds: doubles up to 30 s, half of it random,
 * so that browsers cut off by the same outage do not all return in the same second.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(FIRST_MS * 2 ** (attempt - 1), MAX_MS)
  return full / 2 + (full / 2) * random()
}

/** Resolves after the pause; rejects with the signal's reason when aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    const onAbort = () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

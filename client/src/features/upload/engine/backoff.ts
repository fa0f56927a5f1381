const FIRST_MS = 500
const MOST_MS = 30_000

/**
 * Pause before the given try (from 1), in milliseconds: doubling, at most 30 s, with half of it at random, so
 * that many browsers cut off by one fault do not come back in the same second.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(FIRST_MS * 2 ** (attempt - 1), MOST_MS)
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

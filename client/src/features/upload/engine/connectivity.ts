import type { Connectivity } from './ports'

/**
 * The browser's own online state. It may say online where no request gets through; the backoff
 * covers that.
 */
export const browserConnectivity: Connectivity = {
  isOnline: () => navigator.onLine,
  untilOnline: (signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted()
      if (navigator.onLine) {
        resolve()
        return
      }
      const stop = new AbortController()
      const options = { once: true, signal: stop.signal }
      window.addEventListener('online', () => (stop.abort(), resolve()), options)
      signal.addEventListener('abort', () => (stop.abort(), reject(signal.reason as Error)), options)
    }),
}

/**
 * One PUT of bytes to a pre-signed URL. Uses XMLHttpRequest, because fetch does not report upload
 * progress.
 *
 * There is no total timeout: on a slow connection 8 MiB may take long. Instead a watchdog aborts
 * the request when no byte has moved for a while. It waits longer once all bytes are sent and only
 * the response is missing, because the local store holds early parts back until the ones before
 * them have arrived.
 */
import { classifyAnswer, TransferFault } from './faults'

export interface PutOptions {
  headers?: Record<string, string>
  signal: AbortSignal
  onSent: (bytes: number) => void
  stallMs?: number
  answerMs?: number
}

const STALL_MS = 30_000
const ANSWER_MS = 90_000

/**
 * Resolves to the store's ETag, null where the store does not expose it. Rejects with TransferFault
 * or the abort reason.
 */
export function putBytes(url: string, body: Blob, options: PutOptions): Promise<string | null> {
  const { signal, onSent, stallMs = STALL_MS, answerMs = ANSWER_MS } = options
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const xhr = new XMLHttpRequest()
    let watchdog: ReturnType<typeof setTimeout> | undefined

    const settle = (finish: () => void) => {
      clearTimeout(watchdog)
      signal.removeEventListener('abort', onAbort)
      finish()
    }
    const onAbort = () => {
      settle(() => reject(signal.reason as Error))
      xhr.abort()
    }
    const watch = (ms: number) => {
      clearTimeout(watchdog)
      watchdog = setTimeout(() => {
        settle(() => reject(new TransferFault('stalled', `No byte moved for ${ms / 1000} s.`)))
        xhr.abort()
      }, ms)
    }

    xhr.upload.onprogress = (event) => {
      onSent(Math.min(event.loaded, body.size))
      watch(event.loaded >= body.size ? answerMs : stallMs)
    }
    xhr.upload.onload = () => watch(answerMs)
    xhr.onerror = () => settle(() => reject(new TransferFault('network', 'The connection broke.')))
    xhr.onload = () =>
      settle(() => {
        if (xhr.status >= 200 && xhr.status < 300) resolve(xhr.getResponseHeader('ETag'))
        else reject(classifyAnswer(xhr.status, xhr.responseText))
      })

    signal.addEventListener('abort', onAbort, { once: true })
    xhr.open('PUT', url)
    for (const [name, value] of Object.entries(options.headers ?? {})) xhr.setRequestHeader(name, value)
    watch(stallMs)
    xhr.send(body)
  })
}

/**
 * Sends a large file in parts: a few workers, each of which takes the lowest open part, gets its
 * URL signed and sends it. Then the store's own list decides what is missing, and only a complete
 * upload is finished.
 */
import { isProblem } from '@/lib/api/problem'
import { TransferFault } from './faults'
import { PartTracker } from './part-tracker'
import { withRetries, type RetryOptions } from './retry'
import type { Connectivity, MultipartGrant, StoredUpload, UploadApi } from './ports'
import { putBytes } from './put-bytes'
import { Signatures } from './signatures'

const WORKERS = 4
/**
 * How often missing parts are sent again after the store's list differed from its earlier
 * responses.
 */
const MAX_ROUNDS = 4

export interface SendContext {
  file: File
  api: UploadApi
  signal: AbortSignal
  connectivity: Connectivity
  /** The id of the upload on the server, so that a cancelled upload can be deleted there. */
  onGrant: (uploadId: string) => void
  onSent: (bytes: number) => void
  onWaiting: (waiting: boolean) => void
  onFinishing: () => void
  stallMs?: number
}

/** `known` is what the store already has, null for a new upload. Resolves to the object key. */
export async function sendMultipart(grant: MultipartGrant, known: StoredUpload | null, context: SendContext): Promise<string> {
  const { api, signal, file } = context
  const tracker = new PartTracker({ fileSize: file.size, partSize: grant.part_size_bytes, partCount: grant.part_count })
  if (known) tracker.reconcile(known.parts)
  const retry: RetryOptions = { ...context }
  const signatures = new Signatures((numbers) => withRetries(() => api.signParts(grant.id, numbers, signal), retry))

  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    context.onSent(tracker.sentBytes())
    await runWorkers(tracker, signatures, context)
    context.onFinishing()
    const stored = await withRetries(() => api.findUpload(grant.id, signal), retry)
    if (stored.status === 'lost') throw new TransferFault('lost', 'The store has forgotten the upload.')
    if (!tracker.reconcile(stored.parts)) continue
    try {
      return (await withRetries(() => api.complete(grant.id, signal), retry)).s3_key
    } catch (error) {
      // A part went missing between the list and this call: the next round sends it.
      if (!isProblem(error, 'parts_missing')) throw error
    }
  }
  throw new TransferFault('changed', 'The store keeps other bytes than those that were sent.')
}

async function runWorkers(tracker: PartTracker, signatures: Signatures, context: SendContext): Promise<void> {
  // A worker that fails for good stops the others and aborts their requests.
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  const workers = Array.from({ length: Math.min(WORKERS, tracker.partCount) }, async () => {
    for (;;) {
      const partNumber = await tracker.take(signal)
      if (partNumber === null) return
      await sendPart(partNumber, tracker, signatures, { ...context, signal })
    }
  })
  try {
    await Promise.all(workers)
  } catch (error) {
    stop.abort(error)
    await Promise.allSettled(workers)
    throw error
  }
}

async function sendPart(partNumber: number, tracker: PartTracker, signatures: Signatures, context: SendContext): Promise<void> {
  const { start, end } = tracker.range(partNumber)
  const bytes = context.file.slice(start, end)
  const onSent = (sent: number) => {
    tracker.report(partNumber, sent)
    context.onSent(tracker.sentBytes())
  }
  try {
    const etag = await withRetries(
      async () => {
        const url = await signatures.getUrl(partNumber, tracker.missing())
        return await putReadable(url, bytes, { ...context, onSent })
      },
      { ...context, onExpired: () => signatures.forget(partNumber) },
    )
    tracker.finish(partNumber, etag)
  } catch (error) {
    tracker.release(partNumber)
    throw error
  }
}

/**
 * A file that was moved or changed on disk fails like a network error; reading one byte tells them
 * apart.
 */
export async function putReadable(url: string, bytes: Blob, options: Parameters<typeof putBytes>[2]): Promise<string | null> {
  try {
    return await putBytes(url, bytes, options)
  } catch (error) {
    if (error instanceof TransferFault && error.kind === 'network') {
      await bytes.slice(0, 1).arrayBuffer().catch(() => {
        throw new TransferFault('unreadable', 'The file was moved or changed since it was chosen.')
      })
    }
    throw error
  }
}

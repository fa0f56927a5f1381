/**
 * The upload of one file: start, pause, resume, cancel, retry, and a snapshot to render.
 *
 * Resuming works as after a crash: the store is asked what it has, and the rest is sent.
 */
import { isProblem } from '@/lib/api/problem'
import { TransferFault } from './faults'
import { fingerprintFile } from './fingerprint'
import { findVideoType } from './video-types'
import { withRetries } from './retry'
import type { Connectivity, FileFacts, MultipartGrant, OpenUpload, StoredUpload, UploadApi, UploadMemory } from './ports'
import { sendMultipart, type SendContext } from './send-multipart'
import { sendSingle } from './send-single'
import { SpeedMeter } from './speed-meter'
import { UploadedElsewhere, withUploadLock } from './upload-lock'

export type UploadStatus = 'queued' | 'preparing' | 'sending' | 'waiting' | 'paused' | 'finishing' | 'done' | 'failed' | 'cancelled'

export interface UploadSnapshot {
  status: UploadStatus
  sentBytes: number
  totalBytes: number
  speedBps: number | null
  etaSeconds: number | null
  s3Key: string | null
  /** Set when it failed: TransferFault, UploadedElsewhere or ProblemError. */
  error: Error | null
  /** The store had lost the parts, so the upload started again. */
  hasRestarted: boolean
  /** It resumes an earlier upload, from this browser or another one. */
  isResumed: boolean
}

export interface UploadParts {
  api: UploadApi
  memory: UploadMemory
  connectivity: Connectivity
  handle?: FileSystemFileHandle
  stallMs?: number
  /** Files up to this size are sent in one PUT. */
  singleMaxBytes?: number
}

export const SINGLE_MAX_BYTES = 16 * 1024 * 1024
const MAX_RESTARTS = 3
/** Statuses of an upload that has all its bytes. */
const WHOLE = new Set(['completed', 'confirmed'])
/** Error codes of the API after which this upload can never be completed. */
const DEAD_CODES = new Set(['upload_part_changed', 'upload_lost', 'upload_not_found', 'upload_not_open'])
const PAUSED = 'upload paused'
const CANCELLED = 'upload cancelled'

export class Upload {
  readonly file: File
  private readonly parts: UploadParts
  private readonly meter = new SpeedMeter()
  private readonly listeners = new Set<() => void>()
  private controller = new AbortController()
  private running: Promise<void> | null = null
  private uploadId: string | null = null
  private fingerprint: string | null = null
  private identifying: Promise<string> | null = null
  private snapshot: UploadSnapshot

  constructor(file: File, parts: UploadParts) {
    this.file = file
    this.parts = parts
    this.snapshot = {
      status: 'queued',
      sentBytes: 0,
      totalBytes: file.size,
      speedBps: null,
      etaSeconds: null,
      s3Key: null,
      error: null,
      hasRestarted: false,
      isResumed: false,
    }
  }

  readonly getSnapshot = (): UploadSnapshot => this.snapshot

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** The file's fingerprint. Rejects with TransferFault `unreadable`. */
  identify(): Promise<string> {
    this.identifying ??= fingerprintFile(this.file).catch(() => {
      this.identifying = null
      throw new TransferFault('unreadable', 'The file cannot be read.')
    })
    return this.identifying
  }

  /**
   * Resolves when it is done, failed, paused or cancelled; never rejects. A second call joins the
   * first.
   */
  start(): Promise<void> {
    if (this.snapshot.status === 'done' || this.snapshot.status === 'cancelled') return Promise.resolve()
    this.running ??= this.run().finally(() => (this.running = null))
    return this.running
  }

  async pause(): Promise<void> {
    if (this.running) {
      this.controller.abort(new DOMException(PAUSED, 'AbortError'))
      await this.running
    } else if (this.snapshot.status === 'queued') this.update({ status: 'paused' })
  }

  /** Sets a paused or failed upload to `queued`; the queue starts it in turn. */
  requeue(): void {
    if (this.snapshot.status === 'paused' || this.snapshot.status === 'failed') this.update({ status: 'queued', error: null })
  }

  /**
   * Stops for good. The store keeps the parts, so that another upload of the same file can resume.
   */
  async stop(): Promise<void> {
    if (this.snapshot.status === 'done') return
    this.controller.abort(new DOMException(CANCELLED, 'AbortError'))
    if (this.running) await this.running
    this.update({ status: 'cancelled', speedBps: null, etaSeconds: null })
  }

  /** Stops for good and tells the store to delete the parts. */
  async cancel(): Promise<void> {
    if (this.snapshot.status === 'done') return
    await this.stop()
    if (this.fingerprint) await this.parts.memory.forget(this.fingerprint)
    if (this.uploadId) await this.parts.api.abort(this.uploadId).catch(() => undefined)
  }

  private async run(): Promise<void> {
    this.controller = new AbortController()
    const { signal } = this.controller
    this.meter.reset()
    this.update({ status: 'preparing', error: null, speedBps: null, etaSeconds: null })
    try {
      this.fingerprint ??= await this.identify()
      const s3Key = await withUploadLock(this.fingerprint, () => this.transferUntilWhole(signal))
      await this.parts.memory.forget(this.fingerprint)
      this.update({ status: 'done', s3Key, sentBytes: this.file.size, speedBps: null, etaSeconds: null })
    } catch (error) {
      if (signal.aborted) this.update({ status: 'paused', speedBps: null, etaSeconds: null })
      else this.update({ status: 'failed', error: error as Error, speedBps: null, etaSeconds: null })
    }
  }

  private async transferUntilWhole(signal: AbortSignal): Promise<string> {
    for (let restarts = 0; ; restarts += 1) {
      try {
        return await this.transfer(signal)
      } catch (error) {
        if (signal.aborted || restarts >= MAX_RESTARTS || !needsNewUpload(error)) throw error
        await this.dropBroken()
        this.update({ hasRestarted: true, sentBytes: 0, status: 'preparing' })
        this.meter.reset()
      }
    }
  }

  private async transfer(signal: AbortSignal): Promise<string> {
    const context = this.buildContext(signal)
    if (this.file.size <= (this.parts.singleMaxBytes ?? SINGLE_MAX_BYTES)) return await sendSingle(this.facts(), context)
    const known = await this.findKnown(context)
    // It was complete already; only the response had been lost.
    if (known && WHOLE.has(known.status)) return known.s3_key
    const grant = known ?? (await this.startNew(context))
    return await sendMultipart(grant, known, context)
  }

  private async findKnown(context: SendContext): Promise<StoredUpload | null> {
    const fingerprint = this.fingerprint ?? ''
    this.uploadId ??= (await this.parts.memory.find(fingerprint))?.uploadId ?? (await this.findElsewhere(context))
    const id = this.uploadId
    if (!id) return null
    const known = await withRetries(() => this.parts.api.findUpload(id, context.signal), context)
    // Lost, aborted or expired: it accepts no more parts.
    if (known.status !== 'open' && !WHOLE.has(known.status)) throw new TransferFault('lost', 'The upload has ended.')
    this.update({ isResumed: true })
    return known
  }

  /**
   * Started in another browser, or in this one before its storage was cleared. An upload that
   * failed here is not resumed.
   */
  private async findElsewhere(context: SendContext): Promise<string | null> {
    if (this.snapshot.hasRestarted) return null
    const open = await withRetries(() => this.parts.api.listOpen(context.signal), context)
    const isSame = ({ fingerprint, size_bytes }: OpenUpload) => fingerprint === this.fingerprint && size_bytes === this.file.size
    return open.find(isSame)?.id ?? null
  }

  private async startNew(context: SendContext): Promise<MultipartGrant> {
    const fingerprint = this.fingerprint ?? ''
    const grant = await withRetries(() => this.parts.api.startMultipart({ ...this.facts(), fingerprint }, context.signal), context)
    this.uploadId = grant.id
    await this.parts.memory.save({
      fingerprint,
      uploadId: grant.id,
      filename: this.file.name,
      sizeBytes: this.file.size,
      savedAt: new Date().toISOString(),
      ...(this.parts.handle ? { handle: this.parts.handle } : {}),
    })
    return grant
  }

  private async dropBroken(): Promise<void> {
    const id = this.uploadId
    this.uploadId = null
    if (this.fingerprint) await this.parts.memory.forget(this.fingerprint)
    if (id) await this.parts.api.abort(id).catch(() => undefined)
  }

  private facts(): FileFacts {
    return { filename: this.file.name, content_type: findVideoType(this.file), size_bytes: this.file.size }
  }

  private buildContext(signal: AbortSignal): SendContext {
    return {
      file: this.file,
      api: this.parts.api,
      connectivity: this.parts.connectivity,
      signal,
      onGrant: (id) => (this.uploadId = id),
      onSent: (bytes) => this.reportSent(bytes),
      onWaiting: (waiting) => this.reportWaiting(waiting),
      onFinishing: () => this.update({ status: 'finishing', speedBps: null, etaSeconds: null }),
      ...(this.parts.stallMs === undefined ? {} : { stallMs: this.parts.stallMs }),
    }
  }

  private reportSent(bytes: number): void {
    this.meter.record(bytes)
    const speedBps = this.meter.speedBps()
    // A part that is sent again reduces the sum for a moment; the bar does not follow it back.
    const sentBytes = Math.max(this.snapshot.sentBytes, bytes)
    const etaSeconds = speedBps === null ? null : (this.file.size - bytes) / speedBps
    this.update({ status: 'sending', sentBytes, speedBps, etaSeconds })
  }

  private reportWaiting(waiting: boolean): void {
    if (waiting) this.update({ status: 'waiting', speedBps: null, etaSeconds: null })
    else if (this.snapshot.status === 'waiting') this.update({ status: 'sending' })
  }

  private update(change: Partial<UploadSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...change }
    this.listeners.forEach((listener) => listener())
  }
}

function needsNewUpload(error: unknown): boolean {
  if (error instanceof TransferFault) return error.kind === 'lost' || error.kind === 'changed'
  return isProblem(error) && DEAD_CODES.has(error.code)
}

export function isElsewhere(error: Error | null): boolean {
  return error instanceof UploadedElsewhere
}

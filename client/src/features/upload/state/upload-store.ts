/**
 * All uploads of this tab. It lives outside the pages, so that transfers continue while the user
 * looks at other pages.
 *
 * When the bytes are in, the upload is confirmed with the details as they are by then; later edits
 * are saved as changes of the video. The job starts once the user has asked for it and the video
 * exists.
 */
import type { VideoDetails } from '@/components/video-details-fields'
import { USUAL_FORMATS, type Format, type Job, type Video } from '@/lib/api/models'
import { isProblem } from '@/lib/api/problem'
import { makeRandomKey } from '@/lib/random-key'
import type { Confirmation } from '../api/confirm-upload'
import { Upload, type UploadParts } from '../engine/upload'
import type { UploadMemory } from '../engine/ports'
import { UploadQueue } from '../engine/upload-queue'
import { findDraft, forgetDraft, saveDraft } from './drafts'
import type { SourceSize } from './probe-source'
import { makeTitle, type UploadItem } from './upload-item'

const SAVE_AFTER_MS = 800

export interface UploadStoreParts {
  engine: Omit<UploadParts, 'memory'>
  memoryOf: (ownerId: string) => UploadMemory
  confirmUpload: (given: Confirmation) => Promise<Video>
  startJob: (videoId: string, formats: Format[], idempotencyKey: string) => Promise<Job>
  saveDetails: (videoId: string, details: Partial<VideoDetails>) => Promise<Video>
  probeSource: (file: File) => Promise<SourceSize | null>
}

export class UploadStore {
  private items: readonly UploadItem[] = []
  private queue = new UploadQueue()
  private readonly listeners = new Set<() => void>()
  /** Edits of videos that are waiting to be saved, or being saved. */
  private readonly saves = new Map<string, { timer: ReturnType<typeof setTimeout>; save: () => Promise<void> }>()
  private dropped: ReadonlySet<string> = new Set()
  private readonly parts: UploadStoreParts

  constructor(parts: UploadStoreParts) {
    this.parts = parts
  }

  readonly getItems = (): readonly UploadItem[] => this.items

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  isBusy(): boolean {
    return this.queue.isBusy() || this.saves.size > 0 || this.items.some((item) => item.stage === 'confirming' || item.stage === 'starting')
  }

  has(file: File): boolean {
    return this.items.some(
      ({ upload }) => upload.file.name === file.name && upload.file.size === file.size && upload.file.lastModified === file.lastModified,
    )
  }

  /** Fingerprints of uploads that were cancelled here; the store deletes them a little later. */
  readonly getDropped = (): ReadonlySet<string> => this.dropped

  add(file: File, { ownerId, handle }: { ownerId: string; handle?: FileSystemFileHandle | undefined }): void {
    const upload = new Upload(file, { ...this.parts.engine, memory: this.parts.memoryOf(ownerId), ...(handle ? { handle } : {}) })
    const id = makeRandomKey()
    this.items = [
      ...this.items,
      {
        id,
        ownerId,
        upload,
        filename: file.name,
        transfer: upload.getSnapshot(),
        stage: 'transfer',
        details: { title: makeTitle(file.name), description: '', tags: [], visibility: 'public' },
        isDescribed: false,
        isGuarded: false,
        formats: [...USUAL_FORMATS],
        source: null,
        offers: null,
        isWanted: false,
        videoId: null,
        jobId: null,
        problem: null,
      },
    ]
    upload.subscribe(() => this.followTransfer(id))
    // Before the queue starts it, so that earlier edits are there before anything is sent.
    void this.takeDraft(id)
    this.queue.add(upload)
    this.emit()
    void this.parts.probeSource(file).then((source) => source && this.takeSource(id, source))
  }

  changeDetails(id: string, change: Partial<VideoDetails>): void {
    const item = this.find(id)
    if (!item) return
    this.update(id, { details: { ...item.details, ...change }, isDescribed: true, ...(change.visibility ? { isGuarded: false } : {}) })
    if (item.videoId) this.saveSoon(id, item.videoId)
    else void this.keepDraft(id)
  }

  chooseFormats(id: string, formats: Format[]): void {
    this.update(id, { formats, isDescribed: true })
    void this.keepDraft(id)
  }

  /** Process it: now if the bytes are in, else as soon as they are. */
  want(id: string, isWanted: boolean): void {
    this.update(id, { isWanted, isDescribed: true })
    void this.keepDraft(id)
    void this.advance(id)
  }

  pause(id: string): void {
    void this.find(id)?.upload.pause()
  }

  /** Resumes a paused or failed transfer, or retries the API call that failed. */
  resume(id: string): void {
    const item = this.find(id)
    if (!item) return
    this.update(id, { problem: null })
    if (item.stage === 'transfer' && item.transfer.status !== 'done') this.queue.resume(item.upload)
    else void this.advance(id)
  }

  async remove(id: string): Promise<void> {
    const item = this.find(id)
    if (!item) return
    void this.saveNow(id)
    this.items = this.items.filter((other) => other.id !== id)
    const fingerprint = await item.upload.identify().catch(() => null)
    if (fingerprint && item.transfer.status !== 'done') this.dropped = new Set([...this.dropped, fingerprint])
    if (fingerprint && !item.videoId) forgetDraft(item.ownerId, fingerprint)
    this.emit()
    await this.queue.cancel(item.upload)
    if (fingerprint) this.dropped = new Set([...this.dropped].filter((other) => other !== fingerprint))
    this.emit()
  }

  /** Stops and forgets everything. The store keeps the parts, so that their owner can resume. */
  clear(): void {
    this.saves.forEach(({ timer }) => clearTimeout(timer))
    this.saves.clear()
    this.dropped = new Set()
    const { items } = this
    this.items = []
    // A new queue: in the old one the next uploads would start as the ones before them stop.
    this.queue = new UploadQueue()
    this.emit()
    items.forEach(({ upload }) => void upload.stop())
  }

  private followTransfer(id: string): void {
    const item = this.find(id)
    if (!item) return
    const transfer = item.upload.getSnapshot()
    this.update(id, { transfer })
    if (transfer.isResumed && !item.isDescribed) {
      this.update(id, { details: { ...item.details, visibility: 'private' }, isDescribed: true, isGuarded: true })
      void this.keepDraft(id)
    }
    if (transfer.status === 'done') void this.advance(id)
  }

  private takeSource(id: string, source: SourceSize): void {
    const item = this.find(id)
    if (item) this.update(id, { source })
  }

  /** Takes the next possible step; a step that fails keeps its problem and waits for `resume`. */
  private async advance(id: string): Promise<void> {
    const item = this.find(id)
    if (!item) return
    try {
      if (item.stage === 'transfer' && item.transfer.s3Key) await this.confirm(item, item.transfer.s3Key)
      else if (item.stage === 'confirmed' && item.isWanted && item.videoId) await this.start(item, item.videoId)
    } catch (problem) {
      const stage = this.find(id)?.stage === 'starting' ? 'confirmed' : isRefusal(problem) ? 'refused' : 'transfer'
      this.update(id, { stage, problem, isWanted: false })
    }
  }

  /** Restores the details typed before the page was reloaded. What is typed meanwhile is newer. */
  private async takeDraft(id: string): Promise<void> {
    const fingerprint = await this.find(id)?.upload.identify().catch(() => null)
    const item = this.find(id)
    if (!item || !fingerprint) return
    const draft = item.isDescribed ? null : findDraft(item.ownerId, fingerprint)
    if (!draft) return void this.keepDraft(id)
    const { details, formats, isWanted } = draft
    this.update(id, { details, formats, isWanted, isDescribed: true })
  }

  private async keepDraft(id: string): Promise<void> {
    const fingerprint = await this.find(id)?.upload.identify().catch(() => null)
    const item = this.find(id)
    if (item && fingerprint && !item.videoId) saveDraft(item.ownerId, fingerprint, item)
  }

  private async confirm(item: UploadItem, s3_key: string): Promise<void> {
    this.update(item.id, { stage: 'confirming', problem: null })
    const sent = { ...item.details, title: item.details.title.trim() || makeTitle(item.filename) }
    const video = await this.parts.confirmUpload({ s3_key, ...sent })
    const source = { width: video.width, height: video.height }
    this.update(item.id, { stage: 'confirmed', videoId: video.id, source, offers: video.available_formats })
    void item.upload.identify().then((fingerprint) => forgetDraft(item.ownerId, fingerprint))
    // Edits made while the API was checking the file.
    const now = this.find(item.id)
    if (now && JSON.stringify(now.details) !== JSON.stringify(item.details)) this.saveSoon(item.id, video.id)
    await this.advance(item.id)
  }

  private async start(item: UploadItem, videoId: string): Promise<void> {
    this.update(item.id, { stage: 'starting', problem: null })
    const fitting = item.formats.filter((format) => item.offers?.some((offer) => offer.format === format))
    // A source smaller than every requested format is encoded at its own size.
    const formats = fitting.length ? fitting : item.formats
    // Once per video and selection: a retry after a lost response starts no second job.
    const job = await this.parts.startJob(videoId, formats, `${videoId}-${formats.join('-')}`)
    this.update(item.id, { stage: 'started', jobId: job.id })
  }

  private saveSoon(id: string, videoId: string): void {
    clearTimeout(this.saves.get(id)?.timer)
    const save = async () => {
      const details = this.find(id)?.details
      const mine = this.saves.get(id)
      try {
        if (details?.title.trim()) await this.parts.saveDetails(videoId, details)
        this.update(id, { problem: null })
      } catch (problem) {
        this.update(id, { problem })
      } finally {
        // Unless there were more edits meanwhile.
        if (this.saves.get(id) === mine) this.saves.delete(id)
      }
    }
    this.saves.set(id, { timer: setTimeout(() => void save(), SAVE_AFTER_MS), save })
  }

  /** Saves pending edits before the card is removed. */
  private async saveNow(id: string): Promise<void> {
    const waiting = this.saves.get(id)
    clearTimeout(waiting?.timer)
    await waiting?.save()
  }

  private find(id: string): UploadItem | undefined {
    return this.items.find((item) => item.id === id)
  }

  private update(id: string, change: Partial<UploadItem>): void {
    this.items = this.items.map((item) => (item.id === id ? { ...item, ...change } : item))
    this.emit()
  }

  private emit(): void {
    this.listeners.forEach((listener) => listener())
  }
}

/** The API rejects the file itself; a retry changes nothing. */
function isRefusal(problem: unknown): boolean {
  return isProblem(problem) && problem.status === 422 && problem.code !== 'validation_failed'
}

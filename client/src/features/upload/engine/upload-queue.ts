/**
 * Runs uploads in the order they were added, two files at a time: more would only share the same
 * bandwidth.
 */
import type { Upload } from './upload'

const AT_ONCE = 2

export class UploadQueue {
  private readonly uploads: Upload[] = []
  private running = 0

  add(upload: Upload): void {
    this.uploads.push(upload)
    this.fill()
  }

  /** Queues a paused or failed upload again. */
  resume(upload: Upload): void {
    upload.requeue()
    this.fill()
  }

  async cancel(upload: Upload): Promise<void> {
    const index = this.uploads.indexOf(upload)
    if (index >= 0) this.uploads.splice(index, 1)
    await upload.cancel()
  }

  /** True while leaving the page would interrupt an upload. */
  isBusy(): boolean {
    return this.uploads.some((upload) => !['done', 'cancelled', 'failed'].includes(upload.getSnapshot().status))
  }

  private fill(): void {
    while (this.running < AT_ONCE) {
      const next = this.uploads.find((upload) => upload.getSnapshot().status === 'queued')
      if (!next) return
      this.running += 1
      void next.start().finally(() => {
        this.running -= 1
        this.fill()
      })
    }
  }
}

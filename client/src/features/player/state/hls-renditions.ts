/**
 * hls.js levels in the form that Media Chrome's quality menu reads: `video.videoRenditions`, an
 * event target with `selectedIndex` (-1 is automatic). The same shape as the media-tracks proposal.
 */
import type Hls from 'hls.js'

export interface Rendition {
  id: string
  width: number
  height: number
  bitrate: number
}

export class HlsRenditions extends EventTarget {
  [index: number]: Rendition
  length = 0
  private hls: Hls | null = null
  private chosen = -1

  /** Sets the levels of a loaded playlist; null removes them. */
  follow(hls: Hls | null): void {
    for (let index = 0; index < this.length; index += 1) Reflect.deleteProperty(this, index)
    this.hls = hls
    this.chosen = -1
    const levels = hls?.levels ?? []
    levels.forEach(({ width, height, bitrate }, index) => (this[index] = { id: String(index), width, height, bitrate }))
    this.length = levels.length
    this.dispatchEvent(new Event(levels.length ? 'addrendition' : 'removerendition'))
  }

  get selectedIndex(): number {
    return this.chosen
  }

  set selectedIndex(index: number) {
    this.chosen = index
    // Takes effect with the next segment, so that playback does not stutter.
    if (this.hls) this.hls.nextLevel = index
    this.dispatchEvent(new Event('change'))
  }

  *[Symbol.iterator](): Iterator<Rendition> {
    for (let index = 0; index < this.length; index += 1) {
      const rendition = this[index]
      if (rendition) yield rendition
    }
  }
}

const lists = new WeakMap<HTMLVideoElement, HlsRenditions>()

export function getRenditions(video: HTMLVideoElement): HlsRenditions {
  const known = lists.get(video)
  if (known) return known
  const made = new HlsRenditions()
  lists.set(video, made)
  return made
}

/**
 * Media Chrome looks for the list as soon as it sees the element, so it has to be on the prototype.
 */
export function installRenditions(): void {
  if ('videoRenditions' in HTMLVideoElement.prototype) return
  Object.defineProperty(HTMLVideoElement.prototype, 'videoRenditions', {
    get(this: HTMLVideoElement) {
      return getRenditions(this)
    },
  })
}

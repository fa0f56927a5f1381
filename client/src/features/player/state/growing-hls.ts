/**
 * Playing a video while it is still being encoded: its playlists are of type EVENT and grow until
 * the video is published. Viewers get a video of known length, of which the first part is there,
 * and not a live stream: playback starts at the start, and nothing jumps to a live edge.
 *
 * All times are seconds of the video.
 */
import Hls, { type LevelDetails } from 'hls.js'

export interface Growth {
  /** Encoded from the start up to here. */
  playableSeconds: number
  /** Playback has reached that point, and waits for more. */
  isWaiting: boolean
}

/** A seek beyond the end of what is encoded ends this far before it, so that there is a picture. */
const BEFORE_END_SECONDS = 1
/** Playback without data this close to the end waits for the encoder, and not for the network. */
const AT_END_SECONDS = 2

export class GrowingHls extends Hls {
  /**
   * hls.js seeks back to this position if playback waits at the end of a growing list. It compares
   * the position with the duration first, and so never gets to infinity.
   */
  override get liveSyncPosition(): number {
    return Infinity
  }
}

interface Start {
  wholeSeconds: number
  playableSeconds: number
}

/**
 * Makes the element show the whole length, and tells how far the video is encoded: null once the
 * list is complete. Returns the function that stops this.
 */
export function followGrowth(hls: Hls, video: HTMLVideoElement, start: Start, onGrowth: (growth: Growth | null) => void): () => void {
  let source: MediaSource | undefined
  let isComplete = false
  let { playableSeconds } = start
  /** Where the lists that are played now end; another quality may be further. */
  const edges = new Map<'video' | 'audio', number>()

  const stretch = () => {
    const isBusy = !source || source.readyState !== 'open' || [...source.sourceBuffers].some((buffer) => buffer.updating)
    if (source && !isBusy && !isComplete && !(source.duration >= start.wholeSeconds)) source.duration = start.wholeSeconds
  }
  const tell = () => {
    const isStarved = !video.paused && video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA
    onGrowth(isComplete ? null : { playableSeconds, isWaiting: isStarved && video.currentTime > Math.min(playableSeconds, ...edges.values()) - AT_END_SECONDS })
  }
  const take = (track: 'video' | 'audio', details: LevelDetails) => {
    edges.set(track, details.edge)
    playableSeconds = Math.max(playableSeconds, Math.min(...edges.values()))
    isComplete ||= track === 'video' && !details.live
    stretch()
    tell()
  }
  const stayInside = () => {
    if (video.currentTime > playableSeconds) video.currentTime = Math.max(0, playableSeconds - BEFORE_END_SECONDS)
    tell()
  }

  hls.on(Hls.Events.MEDIA_ATTACHED, (_event, data) => {
    source = data.mediaSource
    stretch()
  })
  hls.on(Hls.Events.BUFFER_APPENDED, stretch)
  hls.on(Hls.Events.LEVEL_UPDATED, (_event, { details }) => take('video', details))
  hls.on(Hls.Events.AUDIO_TRACK_UPDATED, (_event, { details }) => take('audio', details))
  video.addEventListener('seeking', stayInside)
  const signs = ['waiting', 'playing', 'canplay', 'seeked', 'play', 'pause'] as const
  signs.forEach((sign) => video.addEventListener(sign, tell))
  return () => {
    video.removeEventListener('seeking', stayInside)
    signs.forEach((sign) => video.removeEventListener(sign, tell))
  }
}

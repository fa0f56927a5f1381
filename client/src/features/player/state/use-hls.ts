/**
 * Plays an HLS URL in a video element: with hls.js where Media Source Extensions exist, else
 * natively (iOS). A network or decoder error is recovered twice; when links have expired, new ones
 * are requested.
 */
import Hls, { ErrorDetails, ErrorTypes } from 'hls.js'
import workerUrl from 'hls.js/dist/hls.worker.js?url'
import { useEffect, useRef, useState, type RefObject } from 'react'
import type { Stream } from '@/lib/api/models'
import { followGrowth, GrowingHls, type Growth } from './growing-hls'
import { getRenditions } from './hls-renditions'

const MAX_REPAIRS = 2
/**
 * How much is buffered before the user presses play, and after that: a visitor who only looks at
 * the page does not download the video.
 */
const PREVIEW_SECONDS = 6
const AHEAD_SECONDS = 60
/**
 * The API says that the token has expired. Other errors that may mean the same are retried first,
 * like any error.
 */
const REFUSED = 403
const EXPIRED = new Set([401, 403, 404, 410])

export interface HlsOptions {
  stream: Stream
  startAt: number
  onExpired: () => void
}

/** `growth` is null for a video that is complete. */
function startGrowth({ is_complete, playable_seconds }: Stream): Growth | null {
  return is_complete ? null : { playableSeconds: playable_seconds, isWaiting: false }
}

export function useHls(ref: RefObject<HTMLVideoElement | null>, { stream, startAt, onExpired }: HlsOptions) {
  const url = stream.hls_url
  const [hasFailed, setFailed] = useState(false)
  const [growth, setGrowth] = useState(() => startGrowth(stream))
  const [round, setRound] = useState(0)
  /**
   * Playback state before the last reload: removing the source resets the element to its start,
   * paused.
   */
  const left = useRef({ seconds: 0, isPlaying: false })
  /**
   * The URL refused last: if it is refused again with fresh links, that is an error and no expiry.
   */
  const refused = useRef('')

  useEffect(() => {
    const video = ref.current
    if (!video) return
    const first = startGrowth(stream)
    const position = Math.min(left.current.seconds || startAt, first?.playableSeconds ?? Infinity)
    const resume = () => {
      // Browsers block autoplay before the user has interacted with the page; the play button is
      // there.
      if (left.current.isPlaying) video.play().catch(() => undefined)
    }
    const leave = () => {
      // Without metadata there is no state to keep.
      if (video.readyState > 0) left.current = { seconds: video.currentTime, isPlaying: !video.paused }
    }
    if (!Hls.isSupported()) {
      const begin = () => {
        video.currentTime = position
        resume()
      }
      video.src = url
      video.addEventListener('loadedmetadata', begin, { once: true })
      return () => {
        video.removeEventListener('loadedmetadata', begin)
        leave()
      }
    }
    const hls = new GrowingHls({
      workerPath: workerUrl,
      startPosition: position,
      capLevelToPlayerSize: true,
      backBufferLength: 60,
      maxMaxBufferLength: video.paused ? PREVIEW_SECONDS : AHEAD_SECONDS,
    })
    const fetchAhead = () => (hls.config.maxMaxBufferLength = AHEAD_SECONDS)
    video.addEventListener('play', fetchAhead)
    const renditions = getRenditions(video)
    let repairs = 0
    let isAsked = false
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      setGrowth(first)
      renditions.follow(hls)
      resume()
    })
    hls.on(Hls.Events.FRAG_BUFFERED, () => (repairs = 0))
    hls.on(Hls.Events.ERROR, (_event, data) => {
      if (data.response?.code === REFUSED && !isAsked) {
        const name = data.frag?.relurl ?? data.details
        isAsked = name !== refused.current
        refused.current = name
        // Without waiting: hls.js would retry the same URL another six times, for half a minute.
        if (isAsked) onExpired()
      }
      if (!data.fatal) return
      const isPlaylist = data.details === ErrorDetails.MANIFEST_LOAD_ERROR || data.details === ErrorDetails.LEVEL_LOAD_ERROR
      repairs += 1
      if (repairs > MAX_REPAIRS) setFailed(true)
      else if (EXPIRED.has(data.response?.code ?? 0)) onExpired()
      else if (data.type === ErrorTypes.MEDIA_ERROR) hls.recoverMediaError()
      else if (isPlaylist) hls.loadSource(url)
      else hls.startLoad()
    })
    const unfollow = first && followGrowth(hls, video, { ...first, wholeSeconds: stream.duration_seconds }, setGrowth)
    hls.loadSource(url)
    hls.attachMedia(video)
    return () => {
      leave()
      unfollow?.()
      video.removeEventListener('play', fetchAhead)
      renditions.follow(null)
      hls.destroy()
    }
    // The rest of `stream`, `startAt` and `onExpired` matter only at the start; a new value must not
    // restart playback.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [ref, url, round])

  const retry = () => {
    setFailed(false)
    setRound(round + 1)
  }
  return { hasFailed, growth, retry }
}

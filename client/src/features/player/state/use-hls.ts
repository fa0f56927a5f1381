/**
 * Plays an HLS address in a video element: by hls.js where Media Source Extensions are, else natively (iOS).
 * A broken connection or decoder is mended twice by itself; links that have expired are asked for anew.
 */
import Hls, { ErrorDetails, ErrorTypes } from 'hls.js'
import workerUrl from 'hls.js/dist/hls.worker.js?url'
import { useEffect, useRef, useState, type RefObject } from 'react'
import { getRenditions } from './hls-renditions'

const MOST_REPAIRS = 2
/** Fetched ahead before anyone has pressed play, and from then on: who only looks at the page pays for no film. */
const PREVIEW_SECONDS = 6
const AHEAD_SECONDS = 60
/** A token that is over, by the API's word. Others that may mean the same are first tried again, as any fault is. */
const REFUSED = 403
const EXPIRED = new Set([401, 403, 404, 410])

export interface HlsOptions {
  url: string
  startAt: number
  onExpired: () => void
}

export function useHls(ref: RefObject<HTMLVideoElement | null>, { url, startAt, onExpired }: HlsOptions) {
  const [hasFailed, setFailed] = useState(false)
  const [round, setRound] = useState(0)
  /** Where the last round was left: taking the film away sets the element back to its beginning, paused. */
  const left = useRef({ seconds: 0, isPlaying: false })
  /** What was last refused: the same again with fresh links is a fault, not an end. */
  const refused = useRef('')

  useEffect(() => {
    const video = ref.current
    if (!video) return
    const position = left.current.seconds || startAt
    const goOn = () => {
      // Refused where nobody has pressed play yet on this page; the button is there.
      if (left.current.isPlaying) video.play().catch(() => undefined)
    }
    const leave = () => {
      // One that never got so far has nothing to tell.
      if (video.readyState > 0) left.current = { seconds: video.currentTime, isPlaying: !video.paused }
    }
    if (!Hls.isSupported()) {
      const begin = () => {
        video.currentTime = position
        goOn()
      }
      video.src = url
      video.addEventListener('loadedmetadata', begin, { once: true })
      return () => {
        video.removeEventListener('loadedmetadata', begin)
        leave()
      }
    }
    const hls = new Hls({
      workerPath: workerUrl,
      startPosition: position || -1,
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
      renditions.follow(hls)
      goOn()
    })
    hls.on(Hls.Events.FRAG_BUFFERED, () => (repairs = 0))
    hls.on(Hls.Events.ERROR, (_event, data) => {
      if (data.response?.code === REFUSED && !isAsked) {
        const name = data.frag?.relurl ?? data.details
        isAsked = name !== refused.current
        refused.current = name
        // At once: hls.js would ask for the same another six times, for half a minute.
        if (isAsked) onExpired()
      }
      if (!data.fatal) return
      const isPlaylist = data.details === ErrorDetails.MANIFEST_LOAD_ERROR || data.details === ErrorDetails.LEVEL_LOAD_ERROR
      repairs += 1
      if (repairs > MOST_REPAIRS) setFailed(true)
      else if (EXPIRED.has(data.response?.code ?? 0)) onExpired()
      else if (data.type === ErrorTypes.MEDIA_ERROR) hls.recoverMediaError()
      else if (isPlaylist) hls.loadSource(url)
      else hls.startLoad()
    })
    hls.loadSource(url)
    hls.attachMedia(video)
    return () => {
      leave()
      video.removeEventListener('play', fetchAhead)
      renditions.follow(null)
      hls.destroy()
    }
    // `startAt` and `onExpired` matter at the start only; a new one must not begin the film anew.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [ref, url, round])

  const retry = () => {
    setFailed(false)
    setRound(round + 1)
  }
  return { hasFailed, retry }
}

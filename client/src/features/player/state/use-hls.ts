/**
 * Plays an HLS address in a video element: by hls.js where Media Source Extensions are, else natively (iOS).
 * A broken connection or decoder is mended twice by itself; links that have expired are asked for anew.
 */
import Hls, { ErrorDetails, ErrorTypes } from 'hls.js'
import workerUrl from 'hls.js/dist/hls.worker.js?url'
import { useEffect, useState, type RefObject } from 'react'
import { getRenditions } from './hls-renditions'

const MOST_REPAIRS = 2
/** Fetched ahead before anyone has pressed play, and from then on: who only looks at the page pays for no film. */
const PREVIEW_SECONDS = 6
const AHEAD_SECONDS = 60
/** Statuses of a link whose token is over. */
const EXPIRED = new Set([401, 403, 404, 410])

export interface HlsOptions {
  url: string
  startAt: number
  onExpired: () => void
}

export function useHls(ref: RefObject<HTMLVideoElement | null>, { url, startAt, onExpired }: HlsOptions) {
  const [hasFailed, setFailed] = useState(false)
  const [round, setRound] = useState(0)

  useEffect(() => {
    const video = ref.current
    if (!video) return
    // With fresh links it goes on where it was.
    const position = video.currentTime || startAt
    if (!Hls.isSupported()) {
      video.src = url
      video.addEventListener('loadedmetadata', () => (video.currentTime = position), { once: true })
      return
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
    hls.on(Hls.Events.MANIFEST_PARSED, () => renditions.follow(hls))
    hls.on(Hls.Events.FRAG_BUFFERED, () => (repairs = 0))
    hls.on(Hls.Events.ERROR, (_event, data) => {
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

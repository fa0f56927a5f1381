import { useEffect, type RefObject } from 'react'
import { readSetting, saveSetting } from '@/lib/local-setting'

/** Volume, mute and playback speed as last set in this browser. */
export function useRememberedSound(ref: RefObject<HTMLVideoElement | null>): void {
  useEffect(() => {
    const video = ref.current
    if (!video) return
    const number = (name: string, fallback: number) => {
      const saved = Number(readSetting(name) ?? Number.NaN)
      return Number.isFinite(saved) ? saved : fallback
    }
    video.volume = Math.min(1, Math.max(0, number('volume', 1)))
    video.muted = readSetting('muted') === 'true'
    const rate = Math.min(4, Math.max(0.25, number('speed', 1)))
    video.defaultPlaybackRate = rate
    video.playbackRate = rate
    const saveSound = () => {
      saveSetting('volume', String(video.volume))
      saveSetting('muted', String(video.muted))
    }
    const saveSpeed = () => saveSetting('speed', String(video.playbackRate))
    video.addEventListener('volumechange', saveSound)
    video.addEventListener('ratechange', saveSpeed)
    return () => {
      video.removeEventListener('volumechange', saveSound)
      video.removeEventListener('ratechange', saveSpeed)
    }
  }, [ref])
}

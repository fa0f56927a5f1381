import { expect, test } from 'vitest'
import Hls, { type LevelDetails } from 'hls.js'
import { followGrowth, GrowingHls, type Growth } from './state/growing-hls'

/** What followGrowth uses of hls.js and of the element, moved by hand. */
function play({ wholeSeconds = 60, playableSeconds = 6 } = {}) {
  const listeners = new Map<string, (event: string, data: unknown) => void>()
  const hls = { on: (name: string, listener: (event: string, data: unknown) => void) => listeners.set(name, listener) } as unknown as Hls
  const video = Object.assign(document.createElement('video'), { currentTime: 0 })
  Object.defineProperties(video, { paused: { value: false, writable: true }, readyState: { value: HTMLMediaElement.HAVE_ENOUGH_DATA, writable: true } })
  const told: (Growth | null)[] = []
  const stop = followGrowth(hls, video, { wholeSeconds, playableSeconds }, (growth) => told.push(growth))
  const list = (name: string, edge: number, live = true) => listeners.get(name)?.(name, { details: { edge, live } as LevelDetails })
  return { video, told, stop, listeners, list }
}

const seek = (video: HTMLVideoElement, seconds: number) => {
  video.currentTime = seconds
  video.dispatchEvent(new Event('seeking'))
}

test('encoded is what both picture and sound have, and it never falls', () => {
  const { list, told } = play()
  list(Hls.Events.LEVEL_UPDATED, 18)
  list(Hls.Events.AUDIO_TRACK_UPDATED, 12)
  list(Hls.Events.AUDIO_TRACK_UPDATED, 60)
  // Another quality, which is behind.
  list(Hls.Events.LEVEL_UPDATED, 12)
  expect(told.map((growth) => growth?.playableSeconds)).toEqual([18, 18, 18, 18])
})

test('a seek beyond the end of what is encoded goes to that end', () => {
  const { list, video } = play()
  list(Hls.Events.LEVEL_UPDATED, 12)
  seek(video, 40)
  expect(video.currentTime).toBe(11)
  seek(video, 11.5)
  expect(video.currentTime).toBe(11.5)
})

test('no data at the end of the list is a wait for the encoder, elsewhere it is the network', () => {
  const { video, told } = play()
  Object.assign(video, { readyState: HTMLMediaElement.HAVE_CURRENT_DATA, currentTime: 2 })
  video.dispatchEvent(new Event('waiting'))
  video.currentTime = 5.9
  video.dispatchEvent(new Event('waiting'))
  Object.assign(video, { paused: true })
  video.dispatchEvent(new Event('pause'))
  expect(told.map((growth) => growth?.isWaiting)).toEqual([false, true, false])
})

test('a list that is complete ends the growth', () => {
  const { list, told, video, stop } = play()
  list(Hls.Events.LEVEL_UPDATED, 60, false)
  video.dispatchEvent(new Event('playing'))
  expect(told).toEqual([null, null])
  stop()
  video.dispatchEvent(new Event('playing'))
  expect(told).toHaveLength(2)
})

test('the seek bar spans the whole length, set only while no buffer is being changed', () => {
  const { listeners } = play()
  const source = { readyState: 'open', duration: Number.NaN, sourceBuffers: [{ updating: true }] }
  listeners.get(Hls.Events.MEDIA_ATTACHED)?.('', { mediaSource: source })
  expect(source.duration).toBeNaN()
  source.sourceBuffers = [{ updating: false }]
  listeners.get(Hls.Events.BUFFER_APPENDED)?.('', {})
  expect(source.duration).toBe(60)
})

test('hls.js finds no live edge to seek to', () => {
  const hls = new GrowingHls()
  expect(hls.liveSyncPosition).toBe(Infinity)
  hls.destroy()
})

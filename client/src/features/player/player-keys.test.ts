import { expect, test, vi } from 'vitest'
import { isKeyForPlayer, pressKey, type Playable } from './state/player-keys'
import { HlsRenditions } from './state/hls-renditions'
import type Hls from 'hls.js'

function makeMedia(change: Partial<Playable> = {}): Playable {
  return { currentTime: 50, duration: 100, paused: true, volume: 0.5, muted: false, playbackRate: 1, play: vi.fn(), pause: vi.fn(), ...change }
}
const extras = { toggleFullscreen: vi.fn(), showHelp: vi.fn() }

test.each([
  ['j', 40],
  ['l', 60],
  ['ArrowLeft', 45],
  ['ArrowRight', 55],
  ['0', 0],
  ['7', 70],
])('%s goes to second %i', (key, second) => {
  const media = makeMedia()
  expect(pressKey(key, media, extras)).toBe(true)
  expect(media.currentTime).toBe(second)
})

test('c, for captions, is left to the page: there are no captions', () => {
  expect(pressKey('c', makeMedia(), extras)).toBe(false)
})

test('seeking stays within the duration', () => {
  const media = makeMedia({ currentTime: 96 })
  pressKey('l', media, extras)
  expect(media.currentTime).toBe(100)
})

test('space and k play or pause', () => {
  const media = makeMedia()
  pressKey(' ', media, extras)
  expect(media.play).toHaveBeenCalled()
  pressKey('K', { ...media, paused: false }, extras)
  expect(media.pause).toHaveBeenCalled()
})

test('volume and speed change in steps and stop at their limits', () => {
  const media = makeMedia({ volume: 0.98, muted: true, playbackRate: 2 })
  pressKey('ArrowUp', media, extras)
  expect(media).toMatchObject({ volume: 1, muted: false })
  pressKey('>', media, extras)
  expect(media.playbackRate).toBe(2)
  pressKey('<', media, extras)
  expect(media.playbackRate).toBe(1.75)
})

test('keys that are not shortcuts are left to the page', () => {
  expect(pressKey('x', makeMedia(), extras)).toBe(false)
  expect(pressKey('c', makeMedia(), extras)).toBe(false)
})

test('keys typed into a field do not control the player', () => {
  const input = document.createElement('input')
  document.body.append(input)
  let isOurs = true
  input.addEventListener('keydown', (event) => (isOurs = isKeyForPlayer(event)))
  input.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', bubbles: true }))
  expect(isOurs).toBe(false)
})

test('the quality menu sees the levels, and what it chooses reaches hls.js', () => {
  const hls = { levels: [{ width: 854, height: 480, bitrate: 1e6 }, { width: 1280, height: 720, bitrate: 2e6 }], nextLevel: -1 } as unknown as Hls
  const renditions = new HlsRenditions()
  const changed = vi.fn()
  renditions.addEventListener('addrendition', changed)
  renditions.follow(hls)
  expect([...renditions].map(({ height }) => height)).toEqual([480, 720])
  expect(changed).toHaveBeenCalledOnce()
  renditions.selectedIndex = 1
  expect(hls.nextLevel).toBe(1)
  renditions.follow(null)
  expect([...renditions]).toEqual([])
})

/**
 * What a key does to playback; written against a small interface, so that it can be tested without
 * a player.
 */
export interface Playable {
  currentTime: number
  duration: number
  paused: boolean
  volume: number
  muted: boolean
  playbackRate: number
  play: () => unknown
  pause: () => void
}

export interface KeyExtras {
  toggleFullscreen: () => void
  showHelp: () => void
}

const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]

function seek(media: Playable, seconds: number): void {
  const end = Number.isFinite(media.duration) ? media.duration : Infinity
  media.currentTime = Math.min(end, Math.max(0, media.currentTime + seconds))
}

function changeVolume(media: Playable, step: number): void {
  media.volume = Math.round(Math.min(1, Math.max(0, media.volume + step)) * 100) / 100
  if (step > 0) media.muted = false
}

function changeSpeed(media: Playable, step: 1 | -1): void {
  const next = step > 0 ? SPEEDS.find((speed) => speed > media.playbackRate) : SPEEDS.findLast((speed) => speed < media.playbackRate)
  if (next !== undefined) media.playbackRate = next
}

/** Returns false for a key that is not a shortcut. */
export function pressKey(key: string, media: Playable, extras: KeyExtras): boolean {
  const toggle = () => (media.paused ? media.play() : media.pause())
  const actions: Record<string, () => unknown> = {
    ' ': toggle,
    k: toggle,
    j: () => seek(media, -10),
    l: () => seek(media, 10),
    ArrowLeft: () => seek(media, -5),
    ArrowRight: () => seek(media, 5),
    ArrowUp: () => changeVolume(media, 0.05),
    ArrowDown: () => changeVolume(media, -0.05),
    m: () => (media.muted = !media.muted),
    f: extras.toggleFullscreen,
    '<': () => changeSpeed(media, -1),
    '>': () => changeSpeed(media, 1),
    '?': extras.showHelp,
  }
  if (/^[0-9]$/.test(key) && Number.isFinite(media.duration)) {
    media.currentTime = (media.duration * Number(key)) / 10
    return true
  }
  const action = actions[key.length === 1 ? key.toLowerCase() : key]
  action?.()
  return action !== undefined
}

/** Keys control playback unless the user is typing, or the focused element uses the key itself. */
export function isKeyForPlayer(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false
  const target = event.composedPath()[0]
  if (!(target instanceof Element)) return true
  if (target.closest('input:not([type=range]), textarea, select, [contenteditable], [role=dialog], [role=alertdialog], [role=menu], [role=listbox]')) return false
  const isArrow = event.key.startsWith('Arrow')
  if (event.key === ' ' && target.closest('button, a, summary, [role=button], [role=checkbox], media-chrome-button')) return false
  return !(isArrow && target.closest('[role=slider], input, [role=radiogroup], [role=menuitemradio]'))
}

/**
 * Numbers and times in the user's locale. All functions take the language, so that they can be
 * tested.
 */

/**
 * The page's language with the user's region (en → en-GB), which decides the format of dates and
 * numbers.
 */
function findTag(language: string): string {
  return navigator.languages.find((tag) => tag === language || tag.startsWith(`${language}-`)) ?? language
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** Decimal units, as file managers and object stores use: 1 MB = 1,000,000 bytes. */
export function formatBytes(bytes: number, language: string): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1)
  const value = bytes / 1000 ** power
  return new Intl.NumberFormat(findTag(language), {
    style: 'unit',
    unit: UNITS[power] ?? 'byte',
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && power > 0 ? 1 : 0,
  }).format(value)
}

/** A duration as players show it: 0:07, 12:05, 1:02:05. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const shown = parts[0] === 0 ? parts.slice(1) : parts
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}

export function formatBitrate(bps: number, language: string): string {
  const megabits = bps / 1_000_000
  const number = new Intl.NumberFormat(findTag(language), { maximumFractionDigits: megabits < 10 ? 1 : 0 })
  return megabits >= 1 ? `${number.format(megabits)} Mbit/s` : `${Math.round(bps / 1000)} kbit/s`
}

export function formatPercent(percent: number, language: string): string {
  // Rounded down: 100 % is shown only when the work is done.
  return new Intl.NumberFormat(findTag(language), { style: 'percent' }).format(Math.floor(percent) / 100)
}

export function formatCount(value: number, language: string): string {
  return new Intl.NumberFormat(findTag(language), { notation: 'compact', maximumFractionDigits: 1 }).format(value)
}

export function formatDate(iso: string, language: string): string {
  return new Intl.DateTimeFormat(findTag(language), { dateStyle: 'medium' }).format(new Date(iso))
}

export function formatDateTime(iso: string, language: string): string {
  return new Intl.DateTimeFormat(findTag(language), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso))
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** "3 days ago", "yesterday", "now". */
export function formatAgo(iso: string, language: string, now = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1000
  const words = new Intl.RelativeTimeFormat(findTag(language), { numeric: 'auto' })
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit)
  }
  return words.format(0, 'second')
}

export interface RoughTime {
  unit: 'seconds' | 'minutes' | 'hours'
  count: number
}

const UNIT_SECONDS: Record<RoughTime['unit'], number> = { seconds: 1, minutes: 60, hours: 3600 }

/**
 * An estimated time, rounded as coarsely as it is uncertain: seconds in tens, whole minutes, hours.
 * The locales have the words.
 */
export function roughTime(seconds: number): RoughTime {
  if (seconds < 10) return { unit: 'seconds', count: 10 }
  if (seconds < 55) return { unit: 'seconds', count: Math.ceil(seconds / 10) * 10 }
  if (seconds < 3300) return { unit: 'minutes', count: Math.max(1, Math.round(seconds / 60)) }
  return { unit: 'hours', count: Math.max(1, Math.round(seconds / 3600)) }
}

/**
 * The lower end of a range of estimated times, in the unit of its upper end: as coarse, at least one
 * step, and never above it.
 */
export function roughLow(seconds: number, { unit, count }: RoughTime): number {
  const step = unit === 'seconds' ? 10 : 1
  return Math.min(count, Math.max(step, Math.round(seconds / UNIT_SECONDS[unit] / step) * step))
}

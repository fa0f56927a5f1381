import { expect, test } from 'vitest'
import { formatAgo, formatBitrate, formatBytes, formatClock, formatPercent, roughLow, roughTime } from './format'

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1_055_736, '1.1 MB'],
  [48_000_000, '48 MB'],
  [107_374_182_400, '107 GB'],
])('%i bytes are %s', (bytes, shown) => expect(formatBytes(bytes, 'en')).toBe(shown))

test('numbers follow the language', () => expect(formatBytes(1_055_736, 'de')).toBe('1,1 MB'))

test.each([
  [7, '0:07'],
  [725, '12:05'],
  [3725, '1:02:05'],
])('%i seconds are %s', (seconds, shown) => expect(formatClock(seconds)).toBe(shown))

test('100 % is shown only when all is done', () => expect(formatPercent(99.97, 'en')).toBe('99%'))

test.each([
  [800_000, '800 kbit/s'],
  [3_600_000, '3.6 Mbit/s'],
])('%i bits a second are %s', (bps, shown) => expect(formatBitrate(bps, 'en')).toBe(shown))

test.each([
  [3, 'seconds', 10],
  [41, 'seconds', 50],
  [118, 'minutes', 2],
  [5400, 'hours', 2],
])('%i s left are rounded as coarsely as they are uncertain', (seconds, unit, count) => expect(roughTime(seconds)).toEqual({ unit, count }))

test.each([
  [241, 358, 4],
  [100, 118, 2],
  [12, 130, 1],
  [3, 41, 10],
  [2900, 9000, 1],
  [60, 50, 50],
])('of %i to %i s left, %i is the lower end in the unit of the upper one', (low, high, shown) => expect(roughLow(low, roughTime(high))).toBe(shown))

test('a moment ago and days ago', () => {
  const now = Date.parse('2026-11-20T12:00:00Z')
  expect(formatAgo('2026-11-20T11:59:40Z', 'en', now)).toBe('now')
  expect(formatAgo('2026-11-17T11:00:00Z', 'en', now)).toBe('3 days ago')
})

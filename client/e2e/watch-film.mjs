// A visitor plays a video on its page in Chromium, from its start to its end, while it is encoded:
//   PUBLIC_URL=http://127.0.0.1:8080 node e2e/watch-film.mjs /videos/{id} [screenshot.png]
// Prints `playing` when it plays, and at the end what was seen, as one line of JSON. `samples` are
// [seconds since the first, position, duration]; `pictures` are [position, number that the frame
// shows], see tests/faults/harness/numbered_film.py; `faults` are events that no viewer should see.
import { launch, openPage } from './browser.mjs'

const START_MS = 60_000
const END_MS = 120_000

/** Runs in the page, from when something is buffered. */
function observe() {
  const [bits, side] = [16, 32]
  const video = document.querySelector('video')
  const seen = (globalThis.seen = { samples: [], pictures: [], faults: [], hasEnded: false })
  const canvas = new OffscreenCanvas(bits, 1).getContext('2d', { willReadFrequently: true })
  const began = performance.now()
  for (const name of ['seeking', 'emptied', 'error']) video.addEventListener(name, () => seen.faults.push(`${name} at ${video.currentTime}`))
  video.addEventListener('ended', () => (seen.hasEnded = true))
  setInterval(() => {
    seen.samples.push([(performance.now() - began) / 1000, video.currentTime, video.duration])
    for (const alert of document.querySelectorAll('[role=alert]')) if (alert.textContent) seen.faults.push(alert.textContent)
  }, 100)
  const read = (_now, { mediaTime }) => {
    canvas.drawImage(video, 0, 0, bits * side, side, 0, 0, bits, 1)
    const { data } = canvas.getImageData(0, 0, bits, 1)
    seen.pictures.push([mediaTime, Array.from({ length: bits }, (_, at) => data[4 * at] > 127).reduce((number, bit) => 2 * number + Number(bit), 0)])
    video.requestVideoFrameCallback(read)
  }
  video.requestVideoFrameCallback(read)
}

const [path, screenshot] = process.argv.slice(2)
const browser = await launch()
try {
  const page = await openPage(browser)
  const playlists = new Set()
  const refused = []
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (pathname.endsWith('.m3u8')) playlists.add(pathname)
    if (response.status() >= 400 && pathname.startsWith('/media/')) refused.push(`${response.status()} for ${pathname}`)
  })
  await page.goto(path)
  await page.waitForFunction(() => document.querySelector('video')?.buffered.length, null, { timeout: START_MS })
  await page.evaluate(observe)
  await page.keyboard.press('k')
  await page.waitForFunction(() => document.querySelector('video').currentTime > 0.5, null, { timeout: START_MS })
  const firstPlaylists = [...playlists].sort()
  console.log('playing')
  await page.waitForFunction(() => globalThis.seen.hasEnded, null, { timeout: END_MS }).catch(() => undefined) // the JSON says so
  if (screenshot) await page.screenshot({ path: screenshot })
  const seen = await page.evaluate(() => globalThis.seen)
  console.log(JSON.stringify({ ...seen, firstPlaylists, playlists: [...playlists].sort(), refused }))
  page.assertClean()
} finally {
  await browser.close()
}

// Plays an HLS URL in Chromium with the client's own hls.js, and prints the result as JSON:
//   node e2e/play-hls.mjs http://127.0.0.1:4711/master.m3u8
// `seconds` is the position reached, `stalls` the errors and stalls that hls.js or the video reported.
import { fileURLToPath } from 'node:url'
import { launch } from './browser.mjs'

const HLS = fileURLToPath(new URL('../node_modules/hls.js/dist/hls.min.js', import.meta.url))
/** A stall shows at any playback rate, and a faster one shortens the test. */
const RATE = 4
const TIMEOUT_MS = 20_000

function play(address, rate, timeoutMs) {
  const { Hls } = globalThis
  const video = document.querySelector('video')
  const stalls = []
  const hls = new Hls()
  hls.on(Hls.Events.ERROR, (_, { details }) => stalls.push(details))
  hls.loadSource(address)
  hls.attachMedia(video)
  return new Promise((resolve) => {
    const finish = () => resolve({ hasEnded: video.ended, seconds: video.currentTime, duration: video.duration, width: video.videoWidth, stalls })
    video.addEventListener('playing', () => video.addEventListener('waiting', () => stalls.push(`waiting at ${video.currentTime}`)), { once: true })
    video.addEventListener('ended', finish)
    setTimeout(finish, timeoutMs)
    video.defaultPlaybackRate = rate // loading resets the rate to this
    video.playbackRate = rate
    video.play().catch((error) => stalls.push(error.message))
  })
}

const address = process.argv[2]
const browser = await launch()
try {
  const page = await browser.newPage()
  // A page of the same origin, so that no request is cross-origin.
  await page.route(new URL('/', address).href, (route) => route.fulfill({ contentType: 'text/html', body: '<video muted></video>' }))
  await page.goto(new URL('/', address).href)
  await page.addScriptTag({ path: HLS })
  const result = await page.evaluate(`(${play})(${JSON.stringify(address)}, ${RATE}, ${TIMEOUT_MS})`)
  console.log(JSON.stringify(result))
} finally {
  await browser.close()
}

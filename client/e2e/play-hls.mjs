// Plays an HLS address in Chromium with the client's own hls.js, and prints how that went, as JSON:
//   node e2e/play-hls.mjs http://127.0.0.1:4711/master.m3u8
// `seconds` is how far it came, `stalls` what hls.js or the video complained of on the way.
import { fileURLToPath } from 'node:url'
import { launch } from './browser.mjs'

const HLS = fileURLToPath(new URL('../node_modules/hls.js/dist/hls.min.js', import.meta.url))
/** A stall shows however fast the film goes, and ten seconds of it need not take ten. */
const RATE = 4
const PATIENCE_MS = 20_000

function play(address, rate, patience) {
  const { Hls } = globalThis
  const video = document.querySelector('video')
  const stalls = []
  const hls = new Hls()
  hls.on(Hls.Events.ERROR, (_, { details }) => stalls.push(details))
  hls.loadSource(address)
  hls.attachMedia(video)
  return new Promise((resolve) => {
    const tell = () => resolve({ hasEnded: video.ended, seconds: video.currentTime, duration: video.duration, width: video.videoWidth, stalls })
    video.addEventListener('playing', () => video.addEventListener('waiting', () => stalls.push(`waiting at ${video.currentTime}`)), { once: true })
    video.addEventListener('ended', tell)
    setTimeout(tell, patience)
    video.defaultPlaybackRate = rate // loading sets the rate back to it
    video.playbackRate = rate
    video.play().catch((error) => stalls.push(error.message))
  })
}

const address = process.argv[2]
const browser = await launch()
try {
  const page = await browser.newPage()
  // A page of the same origin, so that nothing is refused for being another's.
  await page.route(new URL('/', address).href, (route) => route.fulfill({ contentType: 'text/html', body: '<video muted></video>' }))
  await page.goto(new URL('/', address).href)
  await page.addScriptTag({ path: HLS })
  const told = await page.evaluate(`(${play})(${JSON.stringify(address)}, ${RATE}, ${PATIENCE_MS})`)
  console.log(JSON.stringify(told))
} finally {
  await browser.close()
}

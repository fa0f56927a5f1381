// A video that is watched while it is still being encoded. The in-memory API and this file serve a
// playlist that grows; player and pictures are real. Needs a build and no stack.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { assertAccessible, FILM, launch, openPage } from './browser.mjs'
import { id, servePretend } from './pretend.mjs'

const FILM_SECONDS = 12
const SEGMENT_SECONDS = 2
const MASTER = `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio",DEFAULT=YES,AUTOSELECT=YES,URI="audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=200000,RESOLUTION=160x90,CODECS="avc1.64000a,mp4a.40.2",AUDIO="audio"
low.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=320x180,CODECS="avc1.64000d,mp4a.40.2",AUDIO="audio"
high.m3u8
`
let browser
let folder
let served

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'videoforge-e2e-'))
  const x264 = ['-an', '-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', 'high', '-force_key_frames', `expr:gte(t,n_forced*${SEGMENT_SECONDS})`]
  const hls = (name) => ['-f', 'hls', '-hls_time', String(SEGMENT_SECONDS), '-hls_segment_type', 'fmp4', '-hls_list_size', '0', '-hls_fmp4_init_filename', `${name}-init.mp4`, join(folder, `${name}.m3u8`)]
  const input = ['-v', 'error', '-threads', '1', '-stream_loop', '-1', '-t', String(FILM_SECONDS), '-i', FILM]
  const outputs = [...x264, '-s', '160x90', ...hls('low'), ...x264, '-s', '320x180', ...hls('high'), '-vn', '-c:a', 'aac', ...hls('audio')]
  await promisify(execFile)('ffmpeg', [...input, ...outputs])
  served = await servePretend()
  browser = await launch()
})
after(async () => {
  await browser?.close()
  served?.stop()
  await rm(folder, { recursive: true })
})

/** A playlist as it is while the video is encoded: the first `segments`, and no end of the list. */
async function cut(name, segments) {
  const lines = (await readFile(join(folder, name), 'utf8')).split('\n')
  const last = lines.filter((line) => line.endsWith('.m4s')).slice(0, segments).at(-1)
  return lines.slice(0, lines.indexOf(last) + 1).join('\n').replace('#EXT-X-TARGETDURATION', '#EXT-X-PLAYLIST-TYPE:EVENT\n$&')
}

/** `encoded` has the number of segments of the picture. The sound is there before. */
async function openFilm(encoded) {
  const page = await openPage(browser, { baseURL: served.origin })
  await page.context().addCookies([{ name: 'pretend', value: 'usual', url: served.origin }])
  const early = { renditions: [], status: 'processing', playable_seconds: encoded.segments * SEGMENT_SECONDS }
  await page.route(`**/api/gallery/videos/${id(1001)}`, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), ...early } })
  })
  await page.route('**/api/stream/*', async (route) => {
    const response = await route.fetch()
    const growth = { duration_seconds: FILM_SECONDS, playable_seconds: encoded.segments * SEGMENT_SECONDS, is_complete: false }
    await route.fulfill({ response, json: { ...(await response.json()), ...growth } })
  })
  await page.route(/\/media\/.*\.(m3u8|mp4|m4s)$/, async (route) => {
    const name = new URL(route.request().url()).pathname.split('/').at(-1)
    if (name === 'master.m3u8') return await route.fulfill({ body: MASTER })
    if (name.endsWith('.m3u8') && !encoded.isPublished) return await route.fulfill({ body: await cut(name, name === 'audio.m3u8' ? Infinity : encoded.segments) })
    await route.fulfill({ path: join(folder, name) })
  })
  await page.goto(`/videos/${id(1001)}`)
  await page.waitForFunction(() => document.querySelector('video')?.buffered.length, null, { timeout: 60_000 }) // containers may be built beside it
  return page
}

const read = (page) => page.evaluate(() => Math.round(document.querySelector('video').currentTime))
const untilAfter = (page, seconds) => page.waitForFunction((least) => document.querySelector('video').currentTime > least, seconds, { timeout: 15_000 })

test('a video is watched while it is encoded, from its start through publication', { timeout: 150_000 }, async () => {
  const encoded = { segments: 3, isPublished: false }
  const page = await openFilm(encoded)
  const [encodedNote, waitingNote] = [page.getByText(/^Encoded up to/), page.getByText('Waiting for the encoder')]

  // The whole length is known, and playback does not start at the end of the list.
  assert.equal(await page.evaluate(() => document.querySelector('video').duration), FILM_SECONDS)
  assert.equal(await read(page), 0)
  assert.equal(await encodedNote.textContent(), 'Encoded up to 0:06')
  assert.equal(await page.evaluate(() => document.querySelector('video').videoRenditions.length), 2)

  // Seeking beyond what is there goes to its end, and playback waits there.
  await page.keyboard.press('9')
  await page.waitForFunction(() => !document.querySelector('video').seeking)
  assert.equal(await read(page), 5)
  await page.keyboard.press('k')
  await waitingNote.waitFor()
  await assertAccessible(page, 'a video that waits for the encoder')
  assert.equal(await page.getByRole('alert').count(), 0)

  // The list grows, and is published: playback continues without a jump, to the end.
  await page.evaluate(() => document.querySelector('video').addEventListener('seeking', () => (document.title = 'a jump')))
  encoded.segments = 4
  await untilAfter(page, 6.5)
  assert.equal(await waitingNote.count(), 0)
  assert.equal(await encodedNote.textContent(), 'Encoded up to 0:08')
  encoded.segments = Infinity
  await untilAfter(page, 8.5)
  assert.notEqual(await page.title(), 'a jump')
  await page.keyboard.press('9')
  await waitingNote.waitFor()
  encoded.isPublished = true
  await page.waitForFunction(() => document.querySelector('video').ended, null, { timeout: 15_000 })
  assert.equal(await read(page), FILM_SECONDS)
  assert.equal(await encodedNote.count(), 0)
  page.assertClean()
})

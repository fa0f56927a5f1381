// Captions in the player. The API gives none yet, so the answer that names them is the test's; film, player and
// cues are real. Needs a build and no stack.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { assertAccessible, FILM, launch, openPage } from './browser.mjs'
import { id, servePretend } from './pretend.mjs'

/** More than what is fetched before anyone presses play. */
const FILM_SECONDS = 30
const LANGUAGES = { en: 'English', de: 'Deutsch' }
let browser
let folder
let served

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'videoforge-e2e-'))
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-stream_loop', '-1', '-t', String(FILM_SECONDS), '-i', FILM, '-c', 'copy', '-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_list_size', '0', join(folder, 'master.m3u8')])
  await writeFile(join(folder, 'en.vtt'), 'WEBVTT\n\n00:00.000 --> 01:00.000\nA large rabbit\n')
  await writeFile(join(folder, 'de.vtt'), 'WEBVTT\n\n00:00.000 --> 01:00.000\nEin großer Hase\n')
  served = await servePretend()
  browser = await launch()
})
after(async () => {
  await browser?.close()
  served?.stop()
  await rm(folder, { recursive: true })
})

/** `links.token` is in the addresses that are given out, and the only one that opens anything. */
async function openFilm(languages, links = { token: 't' }) {
  const page = await openPage(browser, { baseURL: served.origin })
  await page.context().addCookies([{ name: 'pretend', value: 'usual', url: served.origin }])
  await page.route('**/api/stream/*', async (route) => {
    const response = await route.fetch()
    const captions = languages.map((language) => ({ language, label: LANGUAGES[language], url: `/media/${links.token}/${language}.vtt` }))
    await route.fulfill({ response, json: { ...(await response.json()), hls_url: `/media/${links.token}/master.m3u8`, captions } })
  })
  await page.route(/\/media\/.*\.(m3u8|mp4|m4s|vtt)$/, (route) => {
    const [token, name] = new URL(route.request().url()).pathname.split('/').slice(-2)
    return token === links.token ? route.fulfill({ path: join(folder, name) }) : route.fulfill({ status: 403 })
  })
  await page.goto(`/videos/${id(1001)}`)
  await page.waitForFunction((least) => document.querySelector('video')?.duration >= least, FILM_SECONDS - 1)
  return page
}

/** The cue that is drawn over the picture now, if any. */
function readCaption(page) {
  return page.evaluate(() =>
    [...document.querySelector('video').textTracks]
      .filter(({ kind, mode }) => kind === 'subtitles' && mode === 'showing')
      .flatMap(({ activeCues }) => [...(activeCues ?? [])].map(({ text }) => text)),
  )
}

async function untilCaption(page, wanted) {
  const end = Date.now() + 10_000
  let found = await readCaption(page)
  while (JSON.stringify(found) !== JSON.stringify(wanted) && Date.now() < end) {
    await page.waitForTimeout(50)
    found = await readCaption(page)
  }
  assert.deepEqual(found, wanted)
}

/** The middle of the picture's width, `from` to `to` px above its lower edge. */
async function lookAbove(page, from, to) {
  const { x, y, width, height } = await page.locator('video').boundingBox()
  return await page.screenshot({ clip: { x: x + width / 2 - 120, y: y + height - to, width: 240, height: to - from } })
}

test('captions are chosen by name, turned off and on by a key, and kept to their language', { timeout: 90_000 }, async () => {
  const page = await openFilm(['en', 'de'])
  // Cues are drawn from the first picture on.
  await page.keyboard.press('k')
  await page.waitForFunction(() => document.querySelector('video').currentTime > 0.2)
  await page.keyboard.press('k')
  await untilCaption(page, [])
  await page.waitForTimeout(500)
  const bare = [await lookAbove(page, 0, 80), await lookAbove(page, 84, 140)]
  await page.keyboard.press('c')
  await untilCaption(page, ['A large rabbit'])
  await page.waitForTimeout(500)
  assert.ok(bare[0].equals(await lookAbove(page, 0, 80)), 'a caption covers the bar')
  assert.ok(!bare[1].equals(await lookAbove(page, 84, 140)), 'no caption stands above the bar')
  await page.keyboard.press('c')
  await untilCaption(page, [])
  await page.locator('media-captions-menu-button').click()
  await page.getByRole('menuitemradio', { name: 'Deutsch' }).click()
  await untilCaption(page, ['Ein großer Hase'])
  await page.keyboard.press('c')
  await untilCaption(page, [])
  await page.keyboard.press('c')
  await untilCaption(page, ['Ein großer Hase'])
  await assertAccessible(page, 'a film with captions')
  page.assertClean()
})

test('links that have ended are renewed at once: the film goes on where it was, with its captions', { timeout: 60_000 }, async () => {
  const links = { token: 't' }
  const page = await openFilm(['en', 'de'], links)
  await page.keyboard.press('c')
  await page.waitForFunction(() => document.querySelector('track[srclang=en]').readyState === 2)
  await page.waitForFunction(() => document.querySelector('video').buffered.length)
  await page.waitForTimeout(1000)
  links.token = 'u'
  await page.keyboard.press('k')
  await page.waitForFunction(() => document.querySelector('track[srclang=en]').src.includes('/media/u/'), null, { timeout: 10_000 })
  await page.waitForFunction(() => document.querySelector('video').currentTime > 8, null, { timeout: 20_000 })
  await untilCaption(page, ['A large rabbit'])
})

test('what is refused with fresh links as well is a fault, and not asked for without end', { timeout: 90_000 }, async () => {
  const links = { token: 't' }
  const page = await openFilm([], links)
  let asked = 0
  page.on('request', (request) => {
    if (request.url().includes('/api/stream/')) links.token = `t${(asked += 1)}`
  })
  await page.route(/master3\.m4s$/, (route) => route.fulfill({ status: 403 }))
  await page.keyboard.press('k')
  await page.waitForFunction(() => document.querySelector('video').currentTime > 8, null, { timeout: 20_000 })
  await page.waitForTimeout(8000)
  assert.equal(asked, 1)
})

test('a film without captions offers none', { timeout: 60_000 }, async () => {
  const page = await openFilm([])
  await page.locator('media-rendition-menu-button').waitFor()
  assert.equal(await page.locator('media-captions-menu-button').count(), 0)
})

// A video whose links expire during playback. The in-memory API serves the links; video and player
// are real. Needs a build and no stack.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { assertAccessible, FILM, launch, openPage } from './browser.mjs'
import { id, servePretend } from './pretend.mjs'

/** More than is buffered before the user presses play. */
const FILM_SECONDS = 30
let browser
let folder
let served

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'videoforge-e2e-'))
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-stream_loop', '-1', '-t', String(FILM_SECONDS), '-i', FILM, '-c', 'copy', '-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_list_size', '0', join(folder, 'master.m3u8')])
  served = await servePretend()
  browser = await launch()
})
after(async () => {
  await browser?.close()
  served?.stop()
  await rm(folder, { recursive: true })
})

/** `links.token` is in the URLs that are handed out, and is the only one that works. */
async function openFilm(links) {
  const page = await openPage(browser, { baseURL: served.origin })
  await page.context().addCookies([{ name: 'pretend', value: 'usual', url: served.origin }])
  await page.route('**/api/stream/*', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), hls_url: `/media/${links.token}/master.m3u8` } })
  })
  await page.route(/\/media\/.*\.(m3u8|mp4|m4s)$/, (route) => {
    const [token, name] = new URL(route.request().url()).pathname.split('/').slice(-2)
    return token === links.token ? route.fulfill({ path: join(folder, name) }) : route.fulfill({ status: 403 })
  })
  await page.goto(`/videos/${id(1001)}`)
  await page.waitForFunction((least) => document.querySelector('video')?.duration >= least, FILM_SECONDS - 1)
  return page
}

test('expired links are renewed at once, and playback resumes', { timeout: 60_000 }, async () => {
  const links = { token: 't' }
  const page = await openFilm(links)
  let renewed = 0
  page.on('request', (request) => (renewed += request.url().includes('/media/u/') ? 1 : 0))
  await page.waitForFunction(() => document.querySelector('video').buffered.length)
  await page.waitForTimeout(1000)
  links.token = 'u'
  await page.keyboard.press('k')
  await page.waitForFunction(() => document.querySelector('video').currentTime > 8, null, { timeout: 20_000 })
  assert.ok(renewed > 0, 'nothing was fetched by a fresh link')
  await assertAccessible(page, 'a film')
})

test('what fresh links cannot open is an error, and is not retried forever', { timeout: 90_000 }, async () => {
  const links = { token: 't' }
  const page = await openFilm(links)
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

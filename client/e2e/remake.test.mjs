// One rendition of a video is made again from the video's page, in front of somebody who watches.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { assertAccessible, FILM, launch, openPage, register } from './browser.mjs'

/** The film is played to its end, over and over: the rendition changes during it, or between. */
const ROUNDS = 2
let browser
let folder
let film

before(async () => {
  browser = await launch()
  folder = await mkdtemp(join(tmpdir(), 'videoforge-e2e-'))
  film = join(folder, 'film.mp4')
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-i', FILM, '-t', '5', '-c', 'copy', film])
})
after(async () => {
  await browser.close()
  await rm(folder, { recursive: true })
})

/** Plays in a loop and counts the rounds; `faults` are events that a viewer would notice. */
function playOn() {
  const video = document.querySelector('video')
  const played = (globalThis.played = { rounds: 0, faults: [] })
  for (const name of ['emptied', 'error']) video.addEventListener(name, () => played.faults.push(`${name} at ${video.currentTime}`))
  video.addEventListener('ended', () => {
    played.rounds += 1
    video.currentTime = 0
    void video.play()
  })
}

async function openViewer(path) {
  const page = await openPage(browser)
  await page.goto(path)
  await page.waitForFunction(() => document.querySelector('video')?.buffered.length, null, { timeout: 30_000 })
  await page.evaluate(playOn)
  await page.keyboard.press('k')
  await page.waitForFunction(() => document.querySelector('video').currentTime > 0.5, null, { timeout: 20_000 })
  return page
}

const readPlayed = (page) => page.evaluate(() => ({ ...globalThis.played, alerts: [...document.querySelectorAll('[role=alert]')].map((alert) => alert.textContent).filter(Boolean) }))

const readRows = async (page) => (await page.getByRole('button', { name: /^Make .* again$/ }).evaluateAll((buttons) => buttons.map((button) => button.getAttribute('aria-label')))).sort()

test('720p is made again while others watch, and its owner sees that it is done', { timeout: 180_000 }, async () => {
  const owner = await openPage(browser)
  await register(owner)
  await owner.getByTestId('file-input').setInputFiles(film)
  await owner.getByRole('checkbox', { name: /720p/ }).waitFor()
  await owner.getByRole('button', { name: /Start processing|Process after upload/ }).click()
  await owner.getByRole('link', { name: 'View progress' }).click({ timeout: 60_000 })
  await owner.getByRole('link', { name: 'Watch now' }).click({ timeout: 90_000 })
  await owner.waitForURL('**/videos/*')
  const path = new URL(owner.url()).pathname

  const viewer = await openViewer(path)
  await owner.getByRole('button', { name: 'Make 720p again' }).waitFor()
  const rows = await readRows(owner)
  assert.ok(rows.length > 1, 'there is no other rendition')
  await owner.getByRole('button', { name: 'Make 720p again' }).click()
  const dialog = owner.getByRole('dialog', { name: 'Make 720p again?' })
  await assertAccessible(owner, 'the question')
  await dialog.getByRole('button', { name: 'Make again' }).click()

  // Until it is done its row says how far it is; the others stay as they are.
  const line = owner.getByRole('link', { name: /^Being made again/ })
  await line.waitFor()
  assert.match(await line.getAttribute('href'), /^\/jobs\//)
  assert.deepEqual(await readRows(owner), rows.filter((name) => name !== 'Make 720p again'))
  if (process.env.SCREENSHOTS) await owner.screenshot({ path: join(process.env.SCREENSHOTS, 'remaking.png'), fullPage: true })
  await owner.getByText('720p has been made again').waitFor({ timeout: 90_000 })
  await line.waitFor({ state: 'detached' })
  assert.deepEqual(await readRows(owner), rows)

  // Whoever watched goes on, and a new viewer gets the new rendition.
  const { rounds } = await readPlayed(viewer)
  await viewer.waitForFunction((least) => globalThis.played.rounds >= least, rounds + ROUNDS, { timeout: 40_000 })
  const played = await readPlayed(viewer)
  assert.deepEqual([played.faults, played.alerts], [[], []])
  const late = await openViewer(path)
  assert.deepEqual((await readPlayed(late)).alerts, [])
  for (const page of [owner, viewer, late]) page.assertClean()
})

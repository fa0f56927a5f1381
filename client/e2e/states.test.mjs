// Pages in less usual states: waiting, cancelled, failed, rejected, missing; and the admin page.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { assertAccessible, assertFits, FILM, launch, openPage, register, signIn } from './browser.mjs'

const ADMIN = { email: process.env.VIDEOFORGE_ADMIN_EMAIL, password: process.env.VIDEOFORGE_ADMIN_PASSWORD }
let browser
let page
let folder

before(async () => {
  browser = await launch()
  folder = await mkdtemp(join(tmpdir(), 'videoforge-e2e-'))
  page = await openPage(browser)
  await register(page)
})
after(async () => {
  await browser.close()
  await rm(folder, { recursive: true })
})

/** One minute of video: enough work for two processors that a job can be cancelled half way. */
async function makeLongFilm() {
  const path = join(folder, 'long.mp4')
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-stream_loop', '11', '-i', FILM, '-c', 'copy', path])
  return path
}

/** Its index is intact, but the media data is zeros: the damage is found only while encoding. */
async function makeHollowFilm() {
  const bytes = await readFile(FILM)
  let at = 0
  while (at < bytes.length) {
    const size = bytes.readUInt32BE(at)
    if (bytes.toString('latin1', at + 4, at + 8) === 'mdat') bytes.fill(0, at + 8, at + size)
    at += size
  }
  const path = join(folder, 'hollow.mp4')
  await writeFile(path, bytes)
  return path
}

/**
 * Unchecks a format. In the meantime the size of the source may become known, which unchecks and
 * disables the larger ones.
 */
async function leaveOut(box) {
  for (let tries = 5; await box.isChecked(); tries -= 1) {
    await box.uncheck({ timeout: 2000 }).catch((error) => {
      if (tries === 1) throw error
    })
  }
}

/** Uploads, requests only 480p, and returns the URL of the job. */
async function order(path, filename) {
  await page.goto('/upload')
  await page.getByTestId('file-input').setInputFiles(path)
  const card = page.getByRole('region', { name: filename })
  for (const format of ['1080p', '720p']) await leaveOut(card.getByRole('checkbox', { name: format }))
  await card.getByRole('button', { name: /Start processing|Process after upload/ }).click()
  await card.getByRole('link', { name: 'View progress' }).click({ timeout: 60_000 })
  await page.waitForURL('**/jobs/*')
  return new URL(page.url()).pathname
}

async function assertGood(where) {
  await assertAccessible(page, where)
  await page.setViewportSize({ width: 320, height: 640 })
  await assertFits(page, where)
  await page.emulateMedia({ colorScheme: 'dark' })
  await assertAccessible(page, `${where} in the dark on a phone`)
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1280, height: 860 })
}

test('a job is cancelled, and says so', { timeout: 120_000 }, async () => {
  await order(await makeLongFilm(), 'long.mp4')
  await page.getByRole('button', { name: 'Cancel processing' }).click()
  const dialog = page.getByRole('alertdialog')
  await dialog.waitFor()
  await assertAccessible(page, 'the question before cancelling')
  await dialog.getByRole('button', { name: 'Cancel processing' }).click()
  await page.getByText('Cancelled', { exact: true }).first().waitFor({ timeout: 30_000 })
  assert.match(await page.title(), /^Cancelled/)
  await page.getByRole('button', { name: 'Restart' }).waitFor()
  await assertGood('a cancelled job')
})

test('a damaged video fails with the reason and a hint', { timeout: 150_000 }, async () => {
  await order(await makeHollowFilm(), 'hollow.mp4')
  const alert = page.getByRole('alert')
  await alert.getByText(/^Error code: /).waitFor({ timeout: 120_000 })
  assert.doesNotMatch(await alert.innerText(), /unknown/i)
  await alert.getByRole('button', { name: 'Try again' }).waitFor()
  await assertGood('a failed job')
  await page.goto('/my-videos')
  await page.getByText('Failed', { exact: true }).first().waitFor()
  await assertAccessible(page, 'my videos with a failed one')
})

test('a file that is not a video is rejected with the reason', { timeout: 60_000 }, async () => {
  const path = join(folder, 'notes.mp4')
  await writeFile(path, 'Dear diary, this is no film.\n'.repeat(400))
  await page.goto('/upload')
  await page.getByTestId('file-input').setInputFiles(path)
  await page.getByText('This file is not a video.').waitFor({ timeout: 30_000 })
  await assertGood('a refused upload')
})

test('an unknown address links back, and so does a deleted video', async () => {
  await page.goto('/nowhere/at/all')
  await page.getByRole('heading', { name: 'Page not found', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'Go to gallery' }).waitFor()
  await assertGood('a missing page')
  await page.goto('/videos/00000000-0000-4000-8000-000000000000')
  await page.getByRole('alert').waitFor()
  await assertGood('a missing video')
  for (const path of ['/my-videos?trash=true', '/gallery?q=nothing-has-this-name', '/forgot-password']) {
    await page.goto(path, { waitUntil: 'networkidle' })
    await assertGood(path)
  }
  page.assertClean()
})

test('an administrator sees the system status', { skip: !ADMIN.email && 'no administrator was named', timeout: 60_000 }, async () => {
  await page.context().clearCookies()
  await page.goto('/login')
  await assertAccessible(page, 'login')
  await signIn(page, ADMIN)
  await page.goto('/admin')
  await page.getByRole('heading', { name: 'Queue' }).waitFor()
  await page.waitForLoadState('networkidle')
  await assertGood('admin')
  page.assertClean()
})

// An upload survives a reload half way, a lost network, and a second tab.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { assertAccessible, launch, openPage, register } from './browser.mjs'

const MB = 1024 * 1024
let browser
let folder
let film

before(async () => {
  browser = await launch()
  folder = await mkdtemp(join(tmpdir(), 'videoforge-e2e-'))
  film = join(folder, 'large.mp4')
  // Eleven parts. The content matters only after the upload, which these stories do not confirm.
  await writeFile(film, Buffer.alloc(88 * MB, 7))
})
after(async () => {
  await browser.close()
  await rm(folder, { recursive: true })
})

/** Slows the upload down enough to interrupt it; counts the parts that the store accepted. */
async function slowDown(page, bytesPerSecond) {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  const set = (offline) =>
    session.send('Network.emulateNetworkConditions', { offline, latency: 5, downloadThroughput: -1, uploadThroughput: bytesPerSecond })
  await set(false)
  return { goOffline: () => set(true), goOnline: () => set(false) }
}

function countParts(page) {
  const parts = []
  page.on('response', (response) => {
    const part = new URL(response.url()).searchParams.get('partNumber')
    if (part && response.request().method() === 'PUT' && response.ok()) parts.push(Number(part))
  })
  return parts
}

const percentOf = async (page) => Number(await page.getByRole('progressbar', { name: /Upload of/ }).getAttribute('aria-valuenow'))

async function untilPercent(page, wanted) {
  for (let tries = 0; tries < 400; tries += 1) {
    if ((await percentOf(page)) >= wanted) return
    await page.waitForTimeout(100)
  }
  assert.fail(`it never came to ${wanted} %`)
}

test('after a reload the upload is offered again and only the rest is sent', { timeout: 120_000 }, async () => {
  const page = await openPage(browser)
  page.on('dialog', (dialog) => void dialog.accept())
  await register(page)
  await slowDown(page, 12 * MB)
  const before = countParts(page)
  await page.getByTestId('file-input').setInputFiles(film)
  await untilPercent(page, 60)
  const sent = before.length
  assert.ok(sent >= 1)
  await page.reload()
  await page.getByRole('heading', { name: 'Unfinished uploads' }).waitFor()
  await page.getByText('large.mp4').waitFor()
  const rest = countParts(page)
  before.length = 0
  await page.getByTestId('file-input').setInputFiles(film)
  await page.getByText(/This file is not a video|Uploaded/).first().waitFor({ timeout: 60_000 })
  assert.ok(rest.length <= 11 - sent, `${rest.length} parts sent again after ${sent} of 11`)
  await page.context().close()
})

test('another browser resumes an upload', { timeout: 120_000 }, async () => {
  const first = await openPage(browser)
  await register(first)
  await slowDown(first, 14 * MB)
  const before = countParts(first)
  await first.getByTestId('file-input').setInputFiles(film)
  await untilPercent(first, 40)
  const cookies = await first.context().storageState()
  await first.context().close()
  const sent = before.length
  assert.ok(sent >= 1)

  // The same user, without this browser's storage.
  const second = await openPage(browser, { storageState: cookies })
  await second.goto('/upload')
  await second.getByText('large.mp4').waitFor()
  await assertAccessible(second, 'upload with an unfinished one')
  const rest = countParts(second)
  const chooser = second.waitForEvent('filechooser')
  await second.getByRole('button', { name: 'Choose file', exact: true }).click()
  await (await chooser).setFiles(film)
  await second.getByText(/This file is not a video|Uploaded/).first().waitFor({ timeout: 60_000 })
  assert.ok(rest.length <= 11 - sent, `${rest.length} parts sent again after ${sent} of 11`)
  await second.context().close()
})

test('without a network the upload waits, says so, and resumes', { timeout: 120_000 }, async () => {
  const page = await openPage(browser)
  await register(page)
  const line = await slowDown(page, 14 * MB)
  await page.getByTestId('file-input').setInputFiles(film)
  await untilPercent(page, 30)
  await line.goOffline()
  await page.getByText('Connection lost, retrying').waitFor({ timeout: 60_000 })
  await page.waitForTimeout(3000)
  await line.goOnline()
  await page.getByText(/This file is not a video|Uploaded/).first().waitFor({ timeout: 60_000 })
  await page.context().close()
})

test('a second tab does not send the same file', { timeout: 120_000 }, async () => {
  const first = await openPage(browser)
  await register(first)
  await slowDown(first, 3 * MB)
  await first.getByTestId('file-input').setInputFiles(film)
  await untilPercent(first, 10)
  const second = await first.context().newPage()
  await second.goto('/upload')
  await second.getByTestId('file-input').setInputFiles(film)
  await second.getByText('This file is already being uploaded in another tab.').waitFor({ timeout: 20_000 })
  await first.context().close()
})

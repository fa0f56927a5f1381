// A user signs up, uploads a video, follows the job, watches, edits, shares and deletes it.
import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { assertAccessible, assertFits, FILM, launch, openPage, ORIGIN, PASSWORD, register, signIn } from './browser.mjs'
import { makeTotp } from './totp.mjs'

let browser
let page
let email
let videoPath

before(async () => {
  browser = await launch()
  page = await openPage(browser)
})
after(() => browser.close())

test('a visitor registers and arrives at the upload page', async () => {
  await page.goto('/register')
  await assertAccessible(page, 'register')
  email = await register(page)
  await assertAccessible(page, 'upload')
})

test('a video is uploaded, described and scheduled for processing without waiting', async () => {
  await page.getByTestId('file-input').setInputFiles(FILM)
  await page.getByLabel('Title').fill('The rabbit')
  await page.getByLabel('Description').fill('Big Buck Bunny, Blender Foundation, CC BY 3.0')
  const tags = page.getByLabel('Tags')
  const box = tags.locator('xpath=..')
  const { height } = await box.boundingBox()
  await tags.fill('rabbit,')
  await tags.fill('Rabbit,')
  assert.equal(await box.getByRole('button').count(), 1, 'one chip for a tag and its capitals')
  assert.equal((await box.boundingBox()).height, height, 'the box of tags grows no empty row')
  await page.getByRole('checkbox', { name: /1080p/ }).waitFor()
  await assertAccessible(page, 'upload with a file')
  await page.getByRole('button', { name: /Start processing|Process after upload/ }).click()
  await page.getByRole('link', { name: 'View progress' }).click({ timeout: 60_000 })
  await page.waitForURL('**/jobs/*')
})

test('progress only rises, is shown in the tab title, and then the video can be watched', async () => {
  await assertAccessible(page, 'job')
  const bar = page.getByRole('progressbar', { name: 'Overall progress' })
  let last = 0
  for (let tries = 0; tries < 600 && last < 100; tries += 1) {
    const percent = Number(await bar.getAttribute('aria-valuenow'))
    assert.ok(percent >= last, `${percent} after ${last}`)
    last = percent
    await page.waitForTimeout(300)
  }
  assert.equal(last, 100)
  assert.match(await page.title(), /^Done · The rabbit/)
  await page.getByRole('link', { name: 'Watch now' }).click({ timeout: 30_000 })
  await page.waitForURL('**/videos/*')
  videoPath = new URL(page.url()).pathname
})

test('the video plays: time advances, nothing fails, the quality can be chosen', async () => {
  const video = page.locator('video')
  await video.waitFor({ timeout: 20_000 })
  await assertAccessible(page, 'video')
  await page.keyboard.press('k')
  await page.waitForFunction(() => document.querySelector('video').currentTime > 1, null, { timeout: 20_000 })
  const levels = await video.evaluate((element) => [...element.videoRenditions].map(({ height }) => height))
  assert.ok(levels.length >= 1, 'no quality to choose from')
  await video.evaluate((element) => (element.videoRenditions.selectedIndex = 0))
  const before = await video.evaluate((element) => element.currentTime)
  await page.waitForFunction((seconds) => document.querySelector('video').currentTime > seconds + 1, before, { timeout: 20_000 })
  assert.equal(await video.evaluate((element) => element.error), null)
  await page.keyboard.press('k')
  await page.keyboard.press('0')
  await page.waitForFunction(() => document.querySelector('video').currentTime < 0.5)
  await page.keyboard.press('?')
  const keys = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await keys.waitFor()
  for (const place of [keys, page.locator('media-controller')]) assert.doesNotMatch(await place.innerHTML(), /caption|subtitle/i, 'nothing is promised that no film has')
  await page.keyboard.press('Escape')
})

test('the title is edited, and a link with a time starts there', async () => {
  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByLabel('Title').fill('The large rabbit')
  await assertAccessible(page, 'edit')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'The large rabbit' }).waitFor()
  await page.goto(`${videoPath}?t=3`)
  await page.waitForFunction(() => document.querySelector('video')?.currentTime >= 2.9, null, { timeout: 20_000 })
})

test('the link works for a visitor, and so does the embedded player', async () => {
  await page.getByRole('button', { name: 'Share' }).click()
  assert.equal(await page.getByLabel('Link', { exact: true }).inputValue(), ORIGIN + videoPath)
  await assertAccessible(page, 'share')
  await page.keyboard.press('Escape')
  const stranger = await openPage(browser)
  await stranger.goto(videoPath)
  await stranger.locator('video').waitFor()
  await assertAccessible(stranger, 'video of somebody else')
  const [download] = await Promise.all([stranger.waitForEvent('download'), stranger.getByRole('button', { name: 'Download 480p' }).click()])
  assert.equal(download.suggestedFilename(), 'The large rabbit 480p.mp4')
  assert.ok((await stat(await download.path())).size > 100_000, 'hardly anything was saved')
  await stranger.goto(videoPath.replace('/videos/', '/embed/'))
  await stranger.locator('video').waitFor()
  await assertAccessible(stranger, 'embed')
  stranger.assertClean()
})

test('on a narrow phone, in dark mode, every page fits and is readable', async () => {
  const phone = await openPage(browser, { storageState: await page.context().storageState(), viewport: { width: 320, height: 640 }, colorScheme: 'dark' })
  for (const path of ['/gallery', '/my-videos', '/my-videos?view=list', '/upload', '/account', videoPath]) {
    await phone.goto(path, { waitUntil: 'networkidle' })
    await assertFits(phone, path)
    await assertAccessible(phone, `${path} on a phone`)
  }
  phone.assertClean()
})

test('a video is deleted from the list, and undo restores it', async () => {
  await page.goto('/my-videos')
  await page.getByRole('heading', { name: 'The large rabbit' }).hover()
  await page.getByRole('checkbox', { name: 'Select The large rabbit' }).click()
  await page.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('heading', { name: 'No videos yet' }).waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('heading', { name: 'The large rabbit' }).waitFor()
})

test('two-factor authentication is enabled, and required', async () => {
  await page.goto('/account')
  await page.getByRole('button', { name: 'Turn on' }).click()
  await page.getByRole('img', { name: /QR code/ }).waitFor()
  const dialog = page.getByRole('dialog')
  const secret = await dialog.locator('code').innerText()
  await dialog.getByLabel(/Enter the code/).fill(makeTotp(secret))
  await dialog.getByRole('button', { name: 'Turn on' }).click()
  await page.getByText('Two-factor authentication is on').waitFor()
  const codes = await page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').allInnerTexts()
  assert.equal(codes.length, 10)
  await assertAccessible(page, 'recovery codes')
  await page.getByRole('button', { name: 'I have saved them' }).click()
  await page.getByRole('button', { name: `Account menu for ${email}` }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.waitForURL('**/gallery')
  await page.goto('/my-videos')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Use a recovery code' }).click()
  await page.getByLabel('Recovery code').fill(codes[0])
  await page.getByRole('button', { name: 'Verify' }).click()
  await page.waitForURL('**/my-videos')
  await page.goto('/account')
  await page.getByText('9 recovery codes left').waitFor()
  await page.getByRole('button', { name: 'Turn off' }).click()
  await page.getByLabel('Code or recovery code').fill(codes[1])
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click()
  await page.getByText('Two-factor authentication is off').waitFor()
  page.assertClean()
})

test('a forgotten password is reset with the emailed code, which an administrator can read', async () => {
  const other = await openPage(browser)
  await other.goto(`/forgot-password?email=${encodeURIComponent(email)}`)
  await other.getByRole('button', { name: 'Send code' }).click()
  const admin = await openPage(browser)
  await admin.goto('/login?next=/admin/mails')
  await signIn(admin, { email: process.env.VIDEOFORGE_ADMIN_EMAIL, password: process.env.VIDEOFORGE_ADMIN_PASSWORD })
  await admin.getByRole('button', { name: `Open the email to ${email}` }).first().click({ timeout: 20_000 })
  await assertAccessible(admin, 'a mail')
  const [code] = (await admin.getByRole('dialog').locator('pre').innerText()).match(/\b\d{6}\b/)
  await other.getByLabel('Code').fill('654321')
  await other.getByLabel('New password').fill('Even-better-8')
  await other.getByRole('button', { name: 'Set password' }).click()
  await other.getByText('This code is wrong.').waitFor()
  await other.getByLabel('Code').fill(code)
  await other.getByRole('button', { name: 'Set password' }).click()
  await other.waitForURL('**/login**')
  await signIn(other, { email, password: 'Even-better-8' })
  for (const each of [other, admin]) {
    each.assertClean()
    await each.context().close()
  }
})

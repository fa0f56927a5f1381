// One browser, two users, two tabs: after sign-out nothing of the user's data is left on the page
// or in its memory, whichever tab it was done in, and also when a session ends by itself.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { FILM, launch, openPage, register, signIn } from './browser.mjs'

let browser
let ada
let bea
let first
let second

before(async () => {
  browser = await launch()
  ;[ada, bea] = [await makePerson('Ada'), await makePerson('Bea')]
  first = await openPage(browser)
  second = await first.context().newPage()
})
after(() => browser.close())

/**
 * A user with a private video, in a separate browser context. `marks` are texts that identify their
 * data.
 */
async function makePerson(name) {
  const page = await openPage(browser)
  const email = await register(page)
  const confirmed = page.waitForResponse('**/api/upload/confirm', { timeout: 60_000 })
  await page.getByTestId('file-input').setInputFiles(FILM)
  const { id } = await (await confirmed).json()
  const details = { title: `${name} at the lake`, description: `${name}'s diary of that summer`, visibility: 'private' }
  const status = await page.evaluate(
    async ({ path, body }) => {
      const headers = { 'Content-Type': 'application/json', 'X-VideoForge-Client': 'web' }
      return (await fetch(path, { method: 'PATCH', headers, body })).status
    },
    { path: `/api/gallery/videos/${id}`, body: JSON.stringify(details) },
  )
  assert.equal(status, 200)
  return { email, page, videoPath: `/videos/${id}`, marks: [email, details.title, details.description] }
}

/**
 * Waits until the page shows the text. It is not part of a selector: the browser keeps selectors in
 * memory, where the heap check below would find the text.
 */
async function untilShown(page, text) {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    if ((await page.locator('body').innerText()).includes(text)) return
    await page.waitForTimeout(100)
  }
  assert.fail(`${page.url()} never said ${text}:\n${await page.locator('body').innerText()}`)
}

/** Who is signed in according to the header; null for nobody. */
async function untilAccountOf(page, email) {
  const read = () => page.evaluate(() => document.querySelector('header button[aria-label*="@"]')?.ariaLabel ?? null)
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    const label = await read()
    if (email === null ? label === null : label?.includes(email)) return
    await page.waitForTimeout(100)
  }
  assert.fail(`${page.url()} shows ${await read()}, not ${email}`)
}

/** Everything still reachable from the page's scripts, as text, after a garbage collection. */
async function readMemory(page) {
  const session = await page.context().newCDPSession(page)
  const chunks = []
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk))
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  await session.detach()
  return chunks.join('')
}

const readPage = (page) =>
  page.evaluate(() => JSON.stringify([document.title, document.documentElement.outerHTML, history.state, location.href, [...document.querySelectorAll('input')].map(({ value }) => value)]))

async function assertNotShown({ marks }, page) {
  const shown = await readPage(page)
  assert.deepEqual(marks.filter((mark) => shown.includes(mark)), [], `on ${page.url()}`)
}

async function assertNothingOf(person, page) {
  await assertNotShown(person, page)
  // Mutations are kept for a second (lib/query-client.ts).
  await page.waitForTimeout(1500)
  const kept = await readMemory(page)
  const found = person.marks.filter((mark) => kept.includes(mark))
  assert.deepEqual(found.map((mark) => kept.slice(kept.indexOf(mark) - 100, kept.indexOf(mark) + 100)), [], `in the memory of ${page.url()}`)
}

async function signOut(page) {
  await page.locator('header button[aria-label*="@"]').click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.waitForURL('**/gallery')
}

test('the checks below find the data while it is there', { timeout: 120_000 }, async () => {
  await first.goto('/login')
  await signIn(first, ada)
  await second.goto(ada.videoPath)
  await untilShown(second, 'Ada at the lake')
  await untilShown(first, 'Ada at the lake')
  const [shown, kept] = [await readPage(second), await readMemory(second)]
  for (const mark of ada.marks) {
    assert.ok(shown.includes(mark), `${mark} is on the page`)
    assert.ok(kept.includes(mark), `${mark} is in its memory`)
  }
})

test('signing out in one tab signs out the other, and leaves nothing in either', { timeout: 120_000 }, async () => {
  await signOut(first)
  await untilAccountOf(first, null)
  await untilAccountOf(second, null)
  await untilShown(second, 'Video not found.')
  for (const page of [first, second]) await assertNothingOf(ada, page)
  await first.goBack()
  await first.waitForURL('**/login**')
  await assertNotShown(ada, first)
})

test('the next user is signed in, in both tabs, at the first attempt', { timeout: 120_000 }, async () => {
  await signIn(first, bea)
  await untilShown(first, 'Bea at the lake')
  for (const page of [first, second]) {
    await untilAccountOf(page, bea.email)
    await assertNotShown(ada, page)
  }
})

test('an expired session is noticed when the tab is shown again, and the next user is not sent to its page', { timeout: 120_000 }, async () => {
  await second.goto('/account')
  await untilAccountOf(second, bea.email)
  // As when the session expired or was ended elsewhere: the tabs are not notified.
  await bea.page.goto('/account')
  await bea.page.getByRole('button', { name: /^Sign out .+/ }).click()
  await bea.page.getByText('Session signed out').waitFor()
  await first.evaluate(() => window.dispatchEvent(new Event('visibilitychange')))
  for (const page of [first, second]) {
    await page.waitForURL('**/login**')
    await untilAccountOf(page, null)
    await assertNothingOf(bea, page)
  }
  await untilShown(first, 'Your session has expired')
  await signIn(second, ada)
  assert.equal(new URL(second.url()).pathname, '/my-videos')
  for (const page of [first, second]) {
    await untilAccountOf(page, ada.email)
    await assertNotShown(bea, page)
  }
  first.assertClean()
})

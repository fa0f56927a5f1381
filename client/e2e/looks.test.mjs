// What only a browser can measure: space, overlap, forced colours. Over the in-memory API; needs a
// build and no stack.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, openPage } from './browser.mjs'
import { id, servePretend } from './pretend.mjs'

/** --media-focus-box-shadow of player.css. */
const RING = 'rgb(251, 146, 60)'
let browser
let served

before(async () => {
  served = await servePretend()
  // With scrollbars that take up space, as on Windows and Linux; Playwright hides them by default.
  browser = await launch({ ignoreDefaultArgs: ['--hide-scrollbars'] })
})
after(async () => {
  await browser?.close()
  served?.stop()
})

async function openScene(path, { scene = 'usual', ...options } = {}) {
  const page = await openPage(browser, { baseURL: served.origin, ...options })
  await page.context().addCookies([{ name: 'pretend', value: scene, url: served.origin }])
  await page.goto(path)
  await page.locator('h1').first().waitFor({ state: 'attached' })
  return page
}

/** Width and height of an element, and of the window. */
const measure = (where, selector) =>
  where.evaluate((wanted) => {
    const { width, height } = document.querySelector(wanted).getBoundingClientRect()
    return { width, height, windowWidth: innerWidth, windowHeight: innerHeight, bodyWidth: document.documentElement.clientWidth }
  }, selector)

const styleOf = (locator, ...names) => locator.evaluate((element, wanted) => wanted.map((name) => getComputedStyle(element).getPropertyValue(name)), names)

test('the player fills an iframe and the screen, and borders reach the scrollbar', { timeout: 60_000 }, async () => {
  const page = await openScene(`/videos/${id(1001)}`)
  const line = await measure(page, 'header > div')
  assert.ok(line.windowWidth - line.bodyWidth >= 10, 'scrollbars take room here')
  assert.equal(line.width, line.bodyWidth)
  await page.locator('video').waitFor()
  await page.keyboard.press('f')
  await page.waitForFunction(() => document.fullscreenElement)
  for (const selector of ['media-controller', 'video']) {
    const { width, height, windowWidth, windowHeight } = await measure(page, selector)
    assert.deepEqual([width, height], [windowWidth, windowHeight], `${selector} in full screen`)
  }
  await page.setContent(`<iframe src="${served.origin}/embed/${id(1001)}" width="640" height="360" allow="fullscreen" style="border:0"></iframe>`)
  const frame = page.frameLocator('iframe')
  await frame.locator('video').waitFor()
  const { width, height } = await frame.locator('video').evaluate((element) => element.getBoundingClientRect())
  assert.deepEqual([width, height], [640, 360], 'the film in a frame')
})

/** Pairs of overlapping cards. */
function findOverlaps() {
  const boxes = [...document.querySelectorAll('main article')].map((card) => ({ name: card.innerText, box: card.getBoundingClientRect() }))
  const isOver = (one, other) => one.left < other.right - 1 && other.left < one.right - 1 && one.top < other.bottom - 1 && other.top < one.bottom - 1
  return boxes.flatMap(({ name, box }, index) => boxes.slice(index + 1).filter((other) => isOver(box, other.box)).map((other) => [name, other.name]))
}

test('text at twice the size overlaps nothing', { timeout: 60_000 }, async () => {
  const page = await openPage(browser, { baseURL: served.origin })
  const session = await page.context().newCDPSession(page)
  await session.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } })
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 860 })
    await page.goto('/my-videos')
    await page.locator('main article').nth(2).waitFor()
    const [size] = await styleOf(page.locator('main article h2').first(), 'font-size')
    assert.equal(size, '32px')
    for (const end = Date.now() + 10_000; Date.now() < end && (await page.evaluate(findOverlaps)).length; ) await page.waitForTimeout(100)
    assert.deepEqual(await page.evaluate(findOverlaps), [], `at ${width} px`)
  }
})

test('an administrator reaches the admin pages on a phone too, and can read the address of an email', { timeout: 60_000 }, async () => {
  const page = await openScene('/gallery', { viewport: { width: 320, height: 640 } })
  await page.getByRole('button', { name: 'Account menu for ada@example.com' }).click()
  await page.getByRole('menuitem', { name: 'Admin' }).click()
  await page.waitForURL('**/admin')
  await page.getByRole('heading', { name: 'Queue' }).waitFor()
  await page.getByRole('link', { name: 'Emails' }).click()
  const cut = await page.getByRole('button', { name: /ann@example\.org/ }).locator('span').evaluateAll((spans) =>
    spans.filter((span) => span.scrollWidth > span.clientWidth && getComputedStyle(span).display === 'block').map((span) => span.textContent),
  )
  assert.deepEqual(cut, [])
})

test('recovery codes can be saved on a phone: nothing covers the buttons', { timeout: 60_000 }, async () => {
  const page = await openScene('/account', { scene: 'codes', viewport: { width: 320, height: 700 } })
  await page.getByRole('button', { name: 'Turn on' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/Enter the code/).fill('123456')
  await dialog.getByRole('button', { name: 'Turn on' }).click()
  await dialog.getByRole('list', { name: 'Recovery codes' }).waitFor()
  await page.waitForTimeout(300)
  for (const name of ['Copy codes', 'Download', 'I have saved them']) await dialog.getByRole('button', { name }).click({ trial: true, timeout: 8000 })
})

test('selecting shifts no layout, and Shift-click selects no text', { timeout: 60_000 }, async () => {
  const page = await openScene('/my-videos')
  const boxes = page.locator('main article').getByRole('checkbox')
  await boxes.nth(4).waitFor({ state: 'attached' })
  const placeOf = () => page.locator('main article').nth(2).boundingBox()
  const before = await placeOf()
  await boxes.first().click()
  await page.getByRole('toolbar', { name: '1 selected' }).waitFor()
  assert.deepEqual(await placeOf(), before)
  await boxes.nth(4).click({ modifiers: ['Shift'] })
  await page.getByRole('toolbar', { name: '5 selected' }).waitFor()
  assert.equal(await page.evaluate(() => getSelection().toString()), '')
})

test('labels use the text font, and the seek bar looks like the other controls', { timeout: 60_000 }, async () => {
  const page = await openScene(`/videos/${id(1001)}`)
  await page.getByRole('button', { name: 'Share' }).click()
  const dialog = page.getByRole('dialog')
  const [label] = await styleOf(dialog.getByText('Embed', { exact: true }), 'font-family')
  const [code] = await styleOf(dialog.getByLabel('Embed'), 'font-family')
  assert.match(label, /Geist/)
  assert.match(code, /mono/i)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  const bar = page.locator('media-time-range')
  await bar.hover()
  const [behind] = await styleOf(bar, 'background-color')
  assert.match(behind, /, 0\)$|transparent/, 'nothing pale over the picture')
  await page.locator('media-play-button').focus()
  await page.keyboard.press('Shift+Tab')
  const rings = await bar.evaluate((element) => [element, ...element.shadowRoot.querySelectorAll('#range')].map((one) => getComputedStyle(one).boxShadow))
  assert.ok(rings.some((shadow) => shadow.startsWith(`${RING} `)), `the ring is ${rings}`)
})

test('with forced colours, buttons have a border and selections are visible', { timeout: 60_000 }, async () => {
  const page = await openScene('/my-videos', { forcedColors: 'active' })
  const cards = page.locator('main article')
  await cards.first().getByRole('checkbox').check()
  const toolbar = page.getByRole('toolbar')
  for (const button of [page.getByRole('link', { name: 'Upload' }).first(), toolbar.getByRole('button', { name: 'Delete' })]) {
    const [color, width, behind] = await styleOf(button, 'border-top-color', 'border-top-width', 'background-color')
    assert.equal(width, '1px')
    assert.notEqual(color, behind)
  }
  const outlineOf = (locator) => styleOf(locator, 'outline-style').then(([style]) => style)
  const pictures = cards.locator('a > :first-child')
  assert.deepEqual([await outlineOf(pictures.first()), await outlineOf(pictures.nth(1))], ['solid', 'none'], 'the chosen card')
  const views = page.getByRole('group', { name: 'View' }).getByRole('button')
  assert.deepEqual([await outlineOf(views.first()), await outlineOf(views.nth(1))], ['solid', 'none'], 'the chosen view')
  await views.nth(1).click()
  await page.waitForURL('**view=list')
  assert.deepEqual([await outlineOf(cards.first()), await outlineOf(cards.nth(1))], ['solid', 'none'], 'the chosen row')
})

test('a visitor sees no errors in the console', { timeout: 60_000 }, async () => {
  const page = await openPage(browser, { baseURL: served.origin })
  await page.context().addCookies([{ name: 'pretend', value: 'stranger', url: served.origin }])
  const errors = []
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('response', (response) => response.status() >= 400 && errors.push(`${response.status()} ${response.url()}`))
  for (const path of ['/gallery', `/videos/${id(1001)}`, '/login']) {
    await page.goto(path)
    await page.locator('h1').first().waitFor({ state: 'attached' })
  }
  assert.deepEqual(errors, [])
})

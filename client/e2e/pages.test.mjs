// Pages over the in-memory API: states that pass too quickly on a stack, open lists, and a list of
// ten thousand. Needs a build and no stack.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assertAccessible, assertFits, launch, openPage } from './browser.mjs'
import { id, servePretend } from './pretend.mjs'

let browser
let served

before(async () => {
  served = await servePretend()
  browser = await launch()
})
after(async () => {
  await browser?.close()
  served?.stop()
})

async function openScene(scene, options = {}) {
  const page = await openPage(browser, { baseURL: served.origin, ...options })
  await page.context().addCookies([{ name: 'pretend', value: scene, url: served.origin }])
  return page
}

/** Opens what `opener` opens, checks it, and closes it again. */
async function assertOpenable(page, opener, where) {
  const popUp = page.locator('[role=listbox]:visible, [role=menu]:visible')
  await opener.click()
  await popUp.waitFor()
  await assertAccessible(page, where)
  await page.keyboard.press('Escape')
  await popUp.waitFor({ state: 'hidden' })
}

test('an open list or menu is inside its landmark', { timeout: 120_000 }, async () => {
  const page = await openScene('usual')
  await page.goto('/my-videos')
  await page.getByRole('checkbox', { name: /^Select Harbour/ }).first().check()
  await assertOpenable(page, page.getByRole('combobox', { name: 'Status' }), 'a filter')
  await assertOpenable(page, page.getByRole('button', { name: 'Visibility' }), 'a menu of the page')
  await assertOpenable(page, page.getByRole('button', { name: /ada@example.com/ }), 'a menu of the header')
  await page.goto(`/videos/${id(1001)}`)
  await page.getByRole('button', { name: 'Edit' }).click()
  await assertOpenable(page, page.getByRole('dialog').getByRole('combobox'), 'a list in a dialog')
  await page.setViewportSize({ width: 320, height: 480 })
  await assertOpenable(page, page.getByRole('dialog').getByRole('combobox'), 'a list in a dialog on a phone')
})

test('the page of a queued or running job is accessible', { timeout: 120_000 }, async () => {
  const page = await openScene('usual')
  const stages = [
    [501, 'a waiting job', page.getByText('Queued', { exact: true }).first()],
    [500, 'a working job', page.getByRole('progressbar', { name: /1080p/ })],
  ]
  for (const [number, where, sign] of stages) {
    await page.goto(`/jobs/${id(number)}`)
    await sign.waitFor()
    await assertAccessible(page, where)
    await page.setViewportSize({ width: 320, height: 640 })
    await page.emulateMedia({ colorScheme: 'dark' })
    await assertFits(page, where)
    await assertAccessible(page, `${where} in the dark on a phone`)
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 1280, height: 860 })
  }
  page.assertClean()
})

test('the embedded player and missing pages have a heading', { timeout: 60_000 }, async () => {
  const page = await openScene('usual')
  for (const path of [`/embed/${id(1001)}`, `/embed/${id(7)}`, `/videos/${id(7)}`, `/jobs/${id(7)}`]) {
    await page.goto(path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await assertAccessible(page, path)
  }
})

/**
 * Runs `work` and returns the longest task of the main thread, in ms of CPU time, so that a busy
 * machine does not distort it.
 */
async function findLongestTaskMs(page, work) {
  await browser.startTracing(page, { categories: ['toplevel'] })
  await work()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString())
  const mains = new Set(traceEvents.filter(({ args }) => args?.name === 'CrRendererMain').map(({ pid, tid }) => `${pid}.${tid}`))
  const tasks = traceEvents.filter(({ name, tdur, pid, tid }) => name.endsWith('RunTask') && tdur !== undefined && mains.has(`${pid}.${tid}`))
  assert.ok(tasks.length > 1000, 'the trace has tasks')
  return tasks.reduce((longest, { tdur }) => Math.max(longest, tdur / 1000), 0)
}

test('ten thousand videos scroll to the end without a long task', { timeout: 150_000 }, async () => {
  const page = await openScene('many')
  await page.goto('/my-videos')
  await page.getByRole('list', { name: '50 videos shown' }).waitFor()
  let mostNodes = 0
  const longest = await findLongestTaskMs(page, async () => {
    mostNodes = await page.evaluate(async () => {
      let most = 0
      while (!document.querySelector('main [role=list]').ariaLabel.startsWith('10000 ')) {
        window.scrollTo(0, document.documentElement.scrollHeight)
        await new Promise((resolve) => setTimeout(resolve, 16))
        most = Math.max(most, document.querySelectorAll('*').length)
      }
      return most
    })
    await page.keyboard.press('End')
    await page.locator(`a[href="/videos/${id(11_000)}"]`).waitFor()
    await page.getByText('End of list').waitFor()
  })
  assert.ok(mostNodes < 1500, `${mostNodes} elements at once`)
  assert.ok(longest < 200, `a task of ${longest} ms`)
  page.assertClean()
})

// Shared by all stories: Debian's Chromium, which plays H.264 (Playwright's own does not), the
// address of the stack (PUBLIC_URL), a user for each story, and the checks made on every page.
import AxeBuilder from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

export const ORIGIN = process.env.PUBLIC_URL ?? 'http://localhost:8080'
export const FILM = process.env.FILM ?? fileURLToPath(new URL('../../samples/bigbuckbunny.mp4', import.meta.url))
export const PASSWORD = 'Correct-horse-7'

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

export function launch(options = {}) {
  return chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: [...FLAGS, '--autoplay-policy=no-user-gesture-required'], ...options })
}

/** A page that records its errors; `assertClean` fails on script errors and policy violations. */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ baseURL: ORIGIN, locale: 'en-GB', viewport: { width: 1280, height: 860 }, ...options })
  const page = await context.newPage()
  const faults = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (/Content.Security.Policy|Refused to|-src'/.test(message.text())) faults.push(message.text())
  })
  page.assertClean = () => assert.deepEqual(faults, [])
  return page
}

export function makeEmail() {
  return `e2e-${randomBytes(6).toString('hex')}@example.com`
}

export async function register(page, email = makeEmail()) {
  await page.goto('/register')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.waitForURL('**/upload')
  return email
}

/** Signs in on the current page. */
export async function signIn(page, { email, password = PASSWORD }) {
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL((url) => url.pathname !== '/login')
}

export async function assertAccessible(page, where) {
  // While a pop-up fades in it does not have its full contrast.
  await page.waitForTimeout(300)
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze()
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
  assert.deepEqual(found, [], `axe on ${where}`)
}

export async function assertFits(page, where) {
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(excess <= 0, `${where} is ${excess} px wider than the screen`)
}

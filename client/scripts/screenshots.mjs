// Takes a screenshot of every page and state, in both colour schemes and three widths, over the
// in-memory API. Needs a build, and Debian's Chromium (CHROMIUM_PATH). `--only name` takes the
// pages whose name starts with it, `--language de` takes them in German, `--size phone` in one
// width.
import { mkdir } from 'node:fs/promises'
import { chromium } from 'playwright-core'
import { id, servePretend } from '../e2e/pretend.mjs'

const OUT = process.env.SCREENSHOTS ?? 'screenshots'
const readOption = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : null)
const only = readOption('--only')
const onlySize = readOption('--size')
const language = readOption('--language') ?? 'en'

/** Buttons by their label in either language. */
const click = (page, name) => page.getByRole('button', { name }).first().click()
const openSetup = (page) => click(page, /^(Turn on|Aktivieren)$/)
const openCodes = async (page) => {
  await openSetup(page)
  await page.getByRole('dialog').locator('input').fill('123456')
  await page.getByRole('dialog').getByRole('button', { name: /^(Turn on|Aktivieren)$/ }).click()
  await page.getByRole('dialog').locator('li').first().waitFor()
}
const openOld = async (page) => {
  await click(page, /^(Turn off|Deaktivieren)$/)
  await page.getByRole('dialog').locator('input').fill('123456')
  await page.getByRole('dialog').getByRole('button', { name: /^(Turn off|Deaktivieren)$/ }).click()
  await page.getByRole('dialog').locator('input[type=password]').waitFor()
}

/** Name, address, scene, and the steps before the screenshot. */
const PAGES = [
  ['login', '/login', 'stranger'],
  ['register', '/register', 'stranger'],
  ['gallery', '/gallery', 'usual'],
  ['my-videos', '/my-videos', 'usual'],
  ['my-videos-list', '/my-videos?view=list', 'usual'],
  ['my-videos-empty', '/my-videos', 'empty'],
  ['my-videos-chosen', '/my-videos', 'usual', async (page) => page.locator('main article label').nth(1).click()],
  ['trash', '/my-videos?trash=true', 'trash'],
  ['upload', '/upload', 'usual'],
  ['upload-unfinished', '/upload', 'unfinished'],
  ['job-encoding', `/jobs/${id(500)}`, 'usual'],
  ['job-early', `/jobs/${id(507)}`, 'usual'],
  ['job-first', `/jobs/${id(508)}`, 'usual'],
  ['job-waiting', `/jobs/${id(501)}`, 'usual'],
  ['job-failed', `/jobs/${id(502)}`, 'usual'],
  ['job-cancelled', `/jobs/${id(504)}`, 'usual'],
  ['job-done', `/jobs/${id(503)}`, 'usual'],
  ['job-without-store', `/jobs/${id(505)}`, 'usual'],
  ['job-without-room', `/jobs/${id(506)}`, 'usual'],
  ['video', `/videos/${id(1001)}`, 'usual'],
  ['video-processing', `/videos/${id(1003)}`, 'usual'],
  ['video-again', `/videos/${id(1002)}`, 'usual', (page) => click(page, /^(Make 720p again|720p neu erstellen)$/)],
  ['video-early', `/videos/${id(1007)}`, 'usual'],
  ['embed', `/embed/${id(1001)}`, 'stranger'],
  ['account', '/account', 'usual'],
  ['second-factor-setup', '/account', 'usual', openSetup],
  ['second-factor-codes', '/account', 'codes', openCodes],
  ['second-factor-on', '/account', 'mfa'],
  ['second-factor-off', '/account', 'mfa', (page) => click(page, /^(Turn off|Deaktivieren)$/)],
  ['second-factor-off-old', '/account', 'old', openOld],
  ['admin', '/admin', 'usual'],
  ['admin-mails', '/admin/mails', 'usual'],
  ['admin-mails-empty', '/admin/mails', 'empty'],
  ['admin-mail', '/admin/mails', 'usual', (page) => click(page, /ann@example\.org/)],
  ['missing', '/nowhere', 'usual'],
]
/** Pages that are captured in full height. */
const FULL = new Set(['account', 'admin', 'admin-mails', 'second-factor-on'])
const SIZES = [
  ['phone', 320, 700],
  ['desktop', 1280, 860],
  ['4k', 2560, 1440],
]
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

const { origin: ORIGIN, stop } = await servePretend(process.env.PREVIEW_PORT)
try {
  await mkdir(OUT, { recursive: true })
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: flags })
  for (const [size, width, height] of SIZES) {
    for (const scheme of ['light', 'dark']) {
      if ((size === '4k' && scheme === 'dark') || (onlySize && size !== onlySize)) continue

      const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale: language === 'de' ? 'de-DE' : 'en-GB' })
      for (const [name, path, scene, act] of PAGES) {
        if (only && !name.startsWith(only)) continue
        await context.addCookies([{ name: 'pretend', value: `${scene}-${size}-${scheme}`, url: ORIGIN }])
        const page = await context.newPage()
        page.on('pageerror', (error) => console.log(`${name}: ${error.message}`))
        await page.goto(ORIGIN + path, { waitUntil: 'networkidle' }).catch((error) => console.log(`${name}: ${error.message}`))
        // On a busy machine a quiet network does not mean that the page is rendered.
        await page.locator('h1').first().waitFor({ state: 'attached' }).catch((error) => console.log(`${name}: ${error.message}`))
        await act?.(page).catch((error) => console.log(`${name}: ${error.message}`))
        await page.waitForTimeout(350)
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        if (overflow > 0) console.log(`${name} ${size}: ${overflow} px wider than the screen`)
        await page.screenshot({ path: `${OUT}/${name}-${size}-${scheme}.png`, fullPage: FULL.has(name) })
        await page.close()
      }
      await context.close()
    }
  }
  await browser.close()
} finally {
  stop()
}

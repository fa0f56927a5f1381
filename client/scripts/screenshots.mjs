// Writes a picture of every page and state, in both schemes and three widths, over the in-memory API.
// Needs a build, and Debian's Chromium (CHROMIUM_PATH). `--only name` takes one page.
import { mkdir } from 'node:fs/promises'
import { chromium } from 'playwright-core'
import { id, servePretend } from '../e2e/pretend.mjs'

const OUT = process.env.SCREENSHOTS ?? 'screenshots'
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : null

const PAGES = [
  ['login', '/login', 'stranger'],
  ['register', '/register', 'stranger'],
  ['gallery', '/gallery', 'usual'],
  ['my-videos', '/my-videos', 'usual'],
  ['my-videos-list', '/my-videos?view=list', 'usual'],
  ['my-videos-empty', '/my-videos', 'empty'],
  ['upload', '/upload', 'usual'],
  ['upload-unfinished', '/upload', 'unfinished'],
  ['job-encoding', `/jobs/${id(500)}`, 'usual'],
  ['job-waiting', `/jobs/${id(501)}`, 'usual'],
  ['job-failed', `/jobs/${id(502)}`, 'usual'],
  ['job-cancelled', `/jobs/${id(504)}`, 'usual'],
  ['job-done', `/jobs/${id(503)}`, 'usual'],
  ['video', `/videos/${id(1001)}`, 'usual'],
  ['video-processing', `/videos/${id(1003)}`, 'usual'],
  ['embed', `/embed/${id(1001)}`, 'stranger'],
  ['account', '/account', 'usual'],
  ['admin', '/admin', 'usual'],
  ['missing', '/nowhere', 'usual'],
]
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
      if (size === '4k' && scheme === 'dark') continue

      const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale: 'en-GB' })
      for (const [name, path, scene] of PAGES) {
        if (only && !name.startsWith(only)) continue
        await context.addCookies([{ name: 'pretend', value: scene, url: ORIGIN }])
        const page = await context.newPage()
        page.on('pageerror', (error) => console.log(`${name}: ${error.message}`))
        await page.goto(ORIGIN + path, { waitUntil: 'networkidle' }).catch(() => undefined)
        await page.waitForTimeout(350)
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        if (overflow > 0) console.log(`${name} ${size}: ${overflow} px wider than the screen`)
        await page.screenshot({ path: `${OUT}/${name}-${size}-${scheme}.png` })
        await page.close()
      }
      await context.close()
    }
  }
  await browser.close()
} finally {
  stop()
}

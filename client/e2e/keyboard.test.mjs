// Everything by keyboard: sign-up, a choice in a menu, the upload's buttons, and back out.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { FILM, launch, makeEmail, openPage, PASSWORD } from './browser.mjs'

let browser
before(async () => (browser = await launch()))
after(() => browser.close())

/** Presses Tab until the element with this name has the focus. */
async function tabTo(page, name) {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab')
    const found = await page.evaluate(() => {
      const element = document.activeElement
      return [element?.getAttribute('aria-label'), element?.labels?.[0]?.textContent, element?.textContent].find((text) => text?.trim())?.trim()
    })
    if (found === name) return
  }
  assert.fail(`Tab never came to ${name}`)
}

test('a user without a mouse signs up, changes the language, and processes a video', { timeout: 90_000 }, async () => {
  const page = await openPage(browser)
  await page.goto('/register')
  await page.getByRole('heading', { name: 'Create your account' }).waitFor()
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to content')
  await page.keyboard.press('Enter')
  await tabTo(page, 'Email')
  await page.keyboard.type(makeEmail())
  await page.keyboard.press('Tab')
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/upload')

  await tabTo(page, 'Display settings')
  await page.keyboard.press('Enter')
  await page.getByRole('menuitemradio', { name: 'Dark' }).waitFor()
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Hochladen' }).waitFor()
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de')

  const chooser = page.waitForEvent('filechooser')
  await tabTo(page, 'Dateien auswählen')
  await page.keyboard.press('Enter')
  await (await chooser).setFiles(FILM)
  await page.getByRole('region', { name: 'bigbuckbunny.mp4' }).waitFor()
  await page.getByRole('button', { name: 'Verarbeitung starten' }).waitFor({ timeout: 30_000 })
  await tabTo(page, 'Verarbeitung starten')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Fortschritt anzeigen' }).waitFor({ timeout: 30_000 })
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/upload-german.png` })
  page.assertClean()
})

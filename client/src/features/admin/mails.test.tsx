import { screen, waitFor, within } from '@testing-library/react'
import { http } from 'msw'
import { expect, test } from 'vitest'
import { makeMe } from '@/testing/api/data'
import { problem } from '@/testing/api/problems'
import { renderApp, serveApiInMemory, server } from '@/testing/render-app'

serveApiInMemory()

const me = makeMe({ groups: ['user', 'admin'] })

test('an administrator reads a kept email, which leaves the cache when closed', async () => {
  const app = await renderApp('/admin', { me })
  await app.user.click(await screen.findByRole('link', { name: 'Emails' }))
  expect(screen.queryByText(/048213/)).toBeNull()
  await app.user.click(await screen.findByRole('button', { name: 'Open the email to ann@example.org: A code for you' }))
  const dialog = await screen.findByRole('dialog', { name: 'A code for you' })
  expect(await within(dialog).findByText(/Your code is 048213/)).toBeVisible()
  await app.user.click(within(dialog).getByRole('button', { name: 'Close' }))
  await waitFor(() => expect(screen.queryByText(/048213/)).toBeNull())
})

test('where emails are sent, the page says that none are kept', async () => {
  const app = await renderApp('/admin', { me })
  server.use(http.get('*/api/admin/mails', () => problem(404, 'mails_not_kept', 'Mails are sent.')))
  await app.user.click(await screen.findByRole('link', { name: 'Emails' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('does not keep them')
  expect(app.path()).toBe('/admin/mails')
})

test('only administrators see the page', async () => {
  const app = await renderApp('/admin/mails')
  await waitFor(() => expect(app.path()).toBe('/my-videos'))
})

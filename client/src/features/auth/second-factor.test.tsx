import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { expect, test } from 'vitest'
import { CODE, makeMe, PASSWORD, RECOVERY_CODES } from '@/testing/api/data'
import { renderApp, serveApiInMemory, server } from '@/testing/render-app'

serveApiInMemory()

const me = makeMe({ mfa_enabled: true, recovery_codes_left: 1 })

async function openDialog(app: Awaited<ReturnType<typeof renderApp>>, button: string) {
  await app.user.click(await screen.findByRole('button', { name: button }))
  return within(await screen.findByRole('dialog'))
}

test('enabling it shows the recovery codes until they are saved', async () => {
  const app = await renderApp('/account')
  const setup = await openDialog(app, 'Turn on')
  expect(await setup.findByRole('img', { name: /QR code/ })).toBeVisible()
  expect(setup.getByText('JBSW Y3DP EHPK 3PXP')).toBeVisible()
  await app.user.type(setup.getByLabelText(/Enter the code/), CODE)
  await app.user.click(setup.getByRole('button', { name: 'Turn on' }))
  const list = await screen.findByRole('list', { name: 'Recovery codes' })
  expect(within(list).getAllByRole('listitem').map((item) => item.textContent)).toEqual([...RECOVERY_CODES])
  await app.user.click(screen.getByRole('button', { name: 'I have saved them' }))
  await waitFor(() => expect(screen.queryByText(RECOVERY_CODES[0] ?? '')).toBeNull())
  expect(await screen.findByText(`${RECOVERY_CODES.length} recovery codes left`)).toBeVisible()
})

test('an old sign-in needs the password before setup, and asks again for a wrong one', async () => {
  const app = await renderApp('/account', { isSignInOld: true })
  const dialog = await openDialog(app, 'Turn on')
  await app.user.type(await dialog.findByLabelText('Password'), 'wrong')
  await app.user.click(dialog.getByRole('button', { name: 'Continue' }))
  expect(await dialog.findByText('The current password is wrong.')).toBeVisible()
  await app.user.type(dialog.getByLabelText('Password'), PASSWORD)
  await app.user.click(dialog.getByRole('button', { name: 'Continue' }))
  expect(await dialog.findByRole('img', { name: /QR code/ })).toBeVisible()
})

test('disabling it needs a code, and a wrong one changes nothing', async () => {
  const app = await renderApp('/account', { me })
  const dialog = await openDialog(app, 'Turn off')
  await app.user.click(dialog.getByRole('button', { name: 'Turn off' }))
  expect(await dialog.findByText(/Enter the six-digit code from the app/)).toBeVisible()
  await app.user.type(dialog.getByLabelText('Code or recovery code'), '999999')
  await app.user.click(dialog.getByRole('button', { name: 'Turn off' }))
  expect(await dialog.findByText('This code is wrong.')).toBeVisible()
  expect(app.state.me?.mfa_enabled).toBe(true)
  await app.user.clear(dialog.getByLabelText('Code or recovery code'))
  await app.user.type(dialog.getByLabelText('Code or recovery code'), RECOVERY_CODES[0] ?? '')
  await app.user.click(dialog.getByRole('button', { name: 'Turn off' }))
  expect(await screen.findByRole('button', { name: 'Turn on' })).toBeVisible()
  expect(app.state.me?.mfa_enabled).toBe(false)
})

test('an old sign-in is asked for the password as well', async () => {
  const app = await renderApp('/account', { me, isSignInOld: true })
  const dialog = await openDialog(app, 'Turn off')
  expect(dialog.queryByLabelText('Password')).toBeNull()
  await app.user.type(dialog.getByLabelText('Code or recovery code'), CODE)
  await app.user.click(dialog.getByRole('button', { name: 'Turn off' }))
  await app.user.type(await dialog.findByLabelText('Password'), PASSWORD)
  await app.user.click(dialog.getByRole('button', { name: 'Turn off' }))
  expect(await screen.findByRole('button', { name: 'Turn on' })).toBeVisible()
})

test('recovery codes are counted and can be regenerated', async () => {
  const app = await renderApp('/account', { me })
  expect(await screen.findByText('1 recovery code left')).toBeVisible()
  const dialog = await openDialog(app, 'Generate new recovery codes')
  await app.user.type(dialog.getByLabelText('Code or recovery code'), CODE)
  await app.user.click(dialog.getByRole('button', { name: 'Generate new recovery codes' }))
  expect(await screen.findByText('NEW1-NEW2-NEW3')).toBeVisible()
})

test('a recovery code signs in without the app', async () => {
  const app = await renderApp('/login', { me: null, hasSecondFactor: true })
  await app.user.type(await screen.findByLabelText('Email'), 'ada@example.com')
  await app.user.type(screen.getByLabelText('Password'), PASSWORD)
  await app.user.click(screen.getByRole('button', { name: 'Sign in' }))
  await app.user.click(await screen.findByRole('button', { name: 'Use a recovery code' }))
  await app.user.type(screen.getByLabelText('Recovery code'), 'too short')
  await app.user.click(screen.getByRole('button', { name: 'Verify' }))
  expect(await screen.findByText(/or a recovery code\.$/)).toBeVisible()
  await app.user.clear(screen.getByLabelText('Recovery code'))
  await app.user.type(screen.getByLabelText('Recovery code'), (RECOVERY_CODES[0] ?? '').toLowerCase().replaceAll('-', ' '))
  await app.user.click(screen.getByRole('button', { name: 'Verify' }))
  await waitFor(() => expect(app.path()).toBe('/my-videos'))
})

test('a rate-limited user is told how long to wait', async () => {
  const app = await renderApp('/forgot-password', { me: null })
  const answer = { code: 'too_many_attempts', detail: 'Too many.', retryable: true }
  server.use(http.post('*/api/auth/forgot-password', () => HttpResponse.json(answer, { status: 429, headers: { 'Retry-After': '900' } })))
  await app.user.type(await screen.findByLabelText('Email'), 'ada@example.com')
  await app.user.click(screen.getByRole('button', { name: 'Send code' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('Try again in 15 minutes.')
})

test('a new code for a password reset can be requested', async () => {
  const app = await renderApp('/forgot-password', { me: null })
  await app.user.type(await screen.findByLabelText('Email'), 'ada@example.com')
  await app.user.click(screen.getByRole('button', { name: 'Send code' }))
  await app.user.click(await screen.findByRole('button', { name: 'Send a new code' }))
  expect(await screen.findByText('If there is an account, a new code is on its way.')).toBeVisible()
})

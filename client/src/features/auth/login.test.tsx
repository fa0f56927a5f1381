import { screen, waitFor } from '@testing-library/react'
import { expect, test } from 'vitest'
import { CODE, PASSWORD } from '@/testing/api/data'
import { renderApp, serveApiInMemory } from '@/testing/render-app'

serveApiInMemory()

async function signIn(given: Awaited<ReturnType<typeof renderApp>>, email: string, password: string) {
  await given.user.type(await screen.findByLabelText('Email'), email)
  await given.user.type(screen.getByLabelText('Password'), password)
  await given.user.click(screen.getByRole('button', { name: 'Sign in' }))
}

test('sign-in leads back to the requested page', async () => {
  const app = await renderApp('/account', { me: null })
  await signIn(app, 'ada@example.com', PASSWORD)
  expect(await screen.findByRole('heading', { name: 'Account' })).toBeVisible()
  expect(app.path()).toBe('/account')
})

test('a wrong password says so and stays', async () => {
  const app = await renderApp('/login', { me: null })
  await signIn(app, 'ada@example.com', 'wrong')
  expect(await screen.findByRole('alert')).toHaveTextContent('Wrong email or password.')
  expect(app.path()).toBe('/login')
})

test('the second factor is required; a wrong code can be retried', async () => {
  const app = await renderApp('/login', { me: null, hasSecondFactor: true })
  await signIn(app, 'ada@example.com', PASSWORD)
  const code = await screen.findByLabelText('Code')
  await app.user.type(code, '000000')
  await app.user.click(screen.getByRole('button', { name: 'Verify' }))
  expect(await screen.findByText('This code is wrong.')).toBeVisible()
  await app.user.type(screen.getByLabelText('Code'), CODE)
  await app.user.click(screen.getByRole('button', { name: 'Verify' }))
  await waitFor(() => expect(app.path()).toBe('/my-videos'))
})

test('an account that is not confirmed is asked for its code', async () => {
  const app = await renderApp('/login', { me: null })
  await signIn(app, 'new@example.com', PASSWORD)
  expect(await screen.findByRole('heading', { name: 'Check your email' })).toBeVisible()
  await app.user.type(screen.getByLabelText('Code'), CODE)
  await app.user.click(screen.getByRole('button', { name: 'Confirm' }))
  await waitFor(() => expect(app.path()).toContain('/login'))
})

test('the page after sign-in is never on another site', async () => {
  const app = await renderApp('/login?next=//evil.example/x', { me: null })
  await signIn(app, 'ada@example.com', PASSWORD)
  await waitFor(() => expect(app.path()).toBe('/my-videos'))
})

test('registration checks off the rules and signs in where no code is needed', async () => {
  const app = await renderApp('/register', { me: null })
  await app.user.type(await screen.findByLabelText('Email'), 'bea@example.com')
  const password = screen.getByLabelText('Password')
  await app.user.type(password, 'short')
  expect(screen.getByText('a lowercase letter').closest('li')).toHaveTextContent('(met)')
  expect(screen.getByText('a number').closest('li')).toHaveTextContent('(not met yet)')
  await app.user.click(screen.getByRole('button', { name: 'Create account' }))
  expect(await screen.findByText('The password does not meet all requirements yet.')).toBeVisible()
  await app.user.clear(password)
  await app.user.type(password, PASSWORD)
  await app.user.click(screen.getByRole('button', { name: 'Create account' }))
  await waitFor(() => expect(app.path()).toBe('/upload'))
})

test('a forgotten password is reset with a code', async () => {
  const app = await renderApp('/forgot-password', { me: null })
  await app.user.type(await screen.findByLabelText('Email'), 'ada@example.com')
  await app.user.click(screen.getByRole('button', { name: 'Send code' }))
  await app.user.type(await screen.findByLabelText('Code'), CODE)
  await app.user.type(screen.getByLabelText('New password'), PASSWORD)
  await app.user.click(screen.getByRole('button', { name: 'Set password' }))
  await waitFor(() => expect(app.path()).toContain('/login'))
})

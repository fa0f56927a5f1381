import { screen, waitFor } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { afterEach, expect, test } from 'vitest'
import { uploadStore } from '@/features/upload/state/uploads'
import { makeId, makeMe, makeVideo, PASSWORD } from '@/testing/api/data'
import { problem } from '@/testing/api/problems'
import { renderApp, server, serveApiInMemory } from '@/testing/render-app'

serveApiInMemory()

const ada = makeMe()
const bea = makeMe({ id: makeId(2), email: 'bea@example.com' })
const videos = () => [makeVideo(1, { title: "Ada's bell", visibility: 'private' }), makeVideo(2, { title: "Bea's harbour", user_id: bea.id, visibility: 'private' })]
const given = () => ({ me: ada, people: [ada, bea], videos: videos() })
type App = Awaited<ReturnType<typeof renderApp>>

afterEach(() => uploadStore.clear())

async function signOut({ user }: App) {
  await user.click(await screen.findByRole('button', { name: 'Account menu for ada@example.com' }))
  await user.click(await screen.findByRole('menuitem', { name: 'Sign out' }))
}

async function signIn({ user }: App, email: string) {
  await user.type(await screen.findByLabelText('Email'), email)
  await user.type(screen.getByLabelText('Password'), PASSWORD)
  await user.click(screen.getByRole('button', { name: 'Sign in' }))
}

/** Nothing of Ada's is left, neither on the page nor in the query cache. */
async function expectNothingOfAda(app: App) {
  await waitFor(() => expect(document.body).not.toHaveTextContent(/ada@example\.com|Ada's/))
  expect(screen.queryByRole('button', { name: /ada@example\.com/ })).toBeNull()
  const kept = app.instances.flatMap(({ queryClient }) => queryClient.getQueryCache().getAll().map(({ state }) => state.data))
  expect(JSON.stringify(kept)).not.toMatch(/ada@example\.com|Ada's/)
}

test('after sign-out nothing of the previous user is left, and the next user can sign in at once', async () => {
  const app = await renderApp('/my-videos', given())
  await screen.findByRole('heading', { name: "Ada's bell" })
  await signOut(app)
  await waitFor(() => expect(app.path()).toBe('/gallery'))
  await expectNothingOfAda(app)
  expect(screen.queryByRole('link', { name: 'My videos' })).toBeNull()
  await app.user.click(screen.getByRole('link', { name: 'Upload' }))
  await signIn(app, bea.email)
  await waitFor(() => expect(app.path()).toBe('/upload'))
  const [toMine] = await screen.findAllByRole('link', { name: 'My videos' })
  await app.user.click(toMine as HTMLElement)
  expect(await screen.findByRole('heading', { name: "Bea's harbour" })).toBeVisible()
  expect(screen.getByRole('button', { name: 'Account menu for bea@example.com' })).toBeVisible()
  await expectNothingOfAda(app)
})

test('the same user can sign in again', async () => {
  const app = await renderApp('/my-videos', given())
  await screen.findByRole('heading', { name: "Ada's bell" })
  await signOut(app)
  await waitFor(() => expect(app.path()).toBe('/gallery'))
  await app.user.click(screen.getAllByRole('link', { name: 'Sign in' })[0] as HTMLElement)
  await signIn(app, ada.email)
  expect(await screen.findByRole('heading', { name: "Ada's bell" })).toBeVisible()
})

test('another user who signs in in another tab becomes the user of this tab at once', async () => {
  const app = await renderApp('/my-videos', given())
  await screen.findByRole('heading', { name: "Ada's bell" })
  app.state.me = bea
  const otherTab = new BroadcastChannel('videoforge-session')
  otherTab.postMessage({ userId: bea.id })
  expect(await screen.findByRole('heading', { name: "Bea's harbour" })).toBeVisible()
  await expectNothingOfAda(app)
  app.state.me = null
  otherTab.postMessage({ userId: null })
  otherTab.close()
  await waitFor(() => expect(app.path()).toBe('/login?next=%2Fmy-videos'))
  expect(screen.queryByText("Bea's harbour")).toBeNull()
})

test('after sign-out in another tab, the next user is not sent to the previous page', async () => {
  const app = await renderApp('/account', given())
  await screen.findByRole('heading', { name: 'Account' })
  app.state.me = null
  const otherTab = new BroadcastChannel('videoforge-session')
  otherTab.postMessage({ userId: null })
  otherTab.close()
  await waitFor(() => expect(app.path()).toBe('/login?next=%2Faccount'))
  await signIn(app, bea.email)
  await waitFor(() => expect(app.path()).toBe('/my-videos'))
})

test('other tabs are told about the sign-out', async () => {
  const messages: unknown[] = []
  const otherTab = new BroadcastChannel('videoforge-session')
  otherTab.onmessage = ({ data }) => messages.push(data)
  const app = await renderApp('/my-videos', given())
  await signOut(app)
  await waitFor(() => expect(messages).toEqual([{ userId: null }]))
  otherTab.close()
})

test('an expired session leaves nothing behind, and another user is not sent to its page', async () => {
  const app = await renderApp('/my-videos', given())
  await screen.findByRole('heading', { name: "Ada's bell" })
  app.state.me = null
  await app.router.navigate({ to: '/my-videos', search: { q: 'bell' } })
  await waitFor(() => expect(decodeURIComponent(app.path())).toContain('/login?next=/my-videos?q=bell'))
  await expectNothingOfAda(app)
  app.state.videos = videos()
  await signIn(app, bea.email)
  await waitFor(() => expect(app.path()).toBe('/my-videos'))
  expect(await screen.findByRole('heading', { name: "Bea's harbour" })).toBeVisible()
})

test('a failed sign-out is reported as failed', async () => {
  const app = await renderApp('/my-videos', given())
  await screen.findByRole('heading', { name: "Ada's bell" })
  server.use(http.post('*/api/auth/logout', () => problem(503, 'identity_unavailable', 'The sign-in does not answer.')))
  await signOut(app)
  expect(await screen.findByText('Sign-out failed. You are still signed in.')).toBeVisible()
  expect(screen.getByRole('heading', { name: "Ada's bell" })).toBeVisible()
})

test('running uploads stop at sign-out, after a confirmation', async () => {
  const app = await renderApp('/upload', given())
  server.use(http.put('*/video-forge-storage/*', () => new Promise<never>(() => undefined)))
  await app.user.upload(await screen.findByTestId('file-input'), [new File(['bytes'], 'secret-plans.mp4', { type: 'video/mp4' })])
  await screen.findByRole('region', { name: 'secret-plans.mp4' })
  await app.user.type(screen.getByLabelText('Description'), 'secret')
  await waitFor(() => expect(JSON.stringify({ ...localStorage })).toContain('secret'))
  await signOut(app)
  const question = await screen.findByRole('alertdialog', { name: 'Sign out and stop uploading?' })
  expect(app.state.me).toBe(ada)
  await app.user.click(screen.getByRole('button', { name: 'Sign out' }))
  await waitFor(() => expect(app.path()).toBe('/gallery'))
  expect(question).not.toBeInTheDocument()
  expect(uploadStore.getItems()).toEqual([])
  expect(uploadStore.isBusy()).toBe(false)
  expect(document.body).not.toHaveTextContent('secret')
  expect(JSON.stringify({ ...localStorage })).not.toContain('secret')
})

test('an embedded page never asks who is signed in, and ignores changes of the user', async () => {
  const asked: string[] = []
  server.events.on('request:start', ({ request }) => asked.push(new URL(request.url).pathname))
  const app = await renderApp(`/embed/${makeId(1001)}`, { ...given(), videos: [makeVideo(1, { title: 'Bell', renditions: [] })] })
  server.use(http.get('*/api/stream/*', () => HttpResponse.json({}, { status: 401 })))
  await screen.findByRole('heading', { name: 'Bell' })
  const otherTab = new BroadcastChannel('videoforge-session')
  otherTab.postMessage({ userId: bea.id })
  otherTab.close()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(app.instances).toHaveLength(1)
  expect(asked).not.toContain('/api/auth/session')
  server.events.removeAllListeners()
})

test('a signed-in user is redirected from the sign-in page', async () => {
  const app = await renderApp('/login?next=/account', given())
  await waitFor(() => expect(app.path()).toBe('/account'))
  const other = await renderApp('/register', given())
  await waitFor(() => expect(other.path()).toBe('/upload'))
})

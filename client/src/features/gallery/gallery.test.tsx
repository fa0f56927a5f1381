import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { expect, test } from 'vitest'
import { makeId, makeJob, makeVideo } from '@/testing/api/data'
import { problem } from '@/testing/api/problems'
import { renderApp, server, serveApiInMemory } from '@/testing/render-app'

serveApiInMemory()

const three = () => [makeVideo(1, { title: 'Bell' }), makeVideo(2, { title: 'Harbour', tags: ['sea'] }), makeVideo(3, { title: 'Snow', visibility: 'private' })]

test('the gallery shows public videos to visitors, without controls to change them', async () => {
  await renderApp('/gallery', { me: null, videos: three() })
  expect(await screen.findByRole('heading', { name: 'Bell' })).toBeVisible()
  expect(screen.queryByRole('heading', { name: 'Snow' })).toBeNull()
  expect(screen.queryByRole('checkbox')).toBeNull()
})

test('searching while typing updates the address and the list', async () => {
  const app = await renderApp('/my-videos', { videos: three() })
  await screen.findByRole('heading', { name: 'Bell' })
  await app.user.type(screen.getByRole('searchbox', { name: 'Search' }), 'sea')
  await waitFor(() => expect(app.path()).toBe('/my-videos?q=sea'))
  await waitFor(() => expect(screen.queryByRole('heading', { name: 'Bell' })).toBeNull())
  expect(screen.getByRole('heading', { name: 'Harbour' })).toBeVisible()
})

test('the address holds search and filters', async () => {
  await renderApp('/my-videos?visibility=private', { videos: three() })
  expect(await screen.findByRole('heading', { name: 'Snow' })).toBeVisible()
  expect(screen.queryByRole('heading', { name: 'Bell' })).toBeNull()
})

test('several videos are deleted at once, and undo restores them', async () => {
  const app = await renderApp('/my-videos', { videos: three() })
  await app.user.click(await screen.findByRole('checkbox', { name: 'Select Bell' }))
  await app.user.click(screen.getByRole('checkbox', { name: 'Select Harbour' }))
  const bar = screen.getByRole('toolbar', { name: '2 selected' })
  await app.user.click(within(bar).getByRole('button', { name: 'Delete' }))
  await waitFor(() => expect(screen.queryByRole('heading', { name: 'Bell' })).toBeNull())
  await app.user.click(await screen.findByRole('button', { name: 'Undo' }))
  expect(await screen.findByRole('heading', { name: 'Bell' })).toBeVisible()
})

test('the visibility of all selected videos is changed', async () => {
  const app = await renderApp('/my-videos', { videos: three() })
  await app.user.click(await screen.findByRole('checkbox', { name: 'Select Bell' }))
  await app.user.click(screen.getByRole('button', { name: 'Visibility' }))
  await app.user.click(await screen.findByRole('menuitem', { name: 'Unlisted' }))
  await waitFor(() => expect(app.state.videos.find(({ title }) => title === 'Bell')?.visibility).toBe('unlisted'))
})

test('the trash asks before deleting permanently', async () => {
  const app = await renderApp('/my-videos?trash=true', { videos: [makeVideo(1, { title: 'Old', deleted_at: '2026-11-18T08:00:00Z' })] })
  await app.user.click(await screen.findByRole('checkbox', { name: 'Select Old' }))
  await app.user.click(screen.getByRole('button', { name: 'Delete permanently' }))
  expect(app.state.videos).toHaveLength(1)
  await app.user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Delete permanently' }))
  await waitFor(() => expect(app.state.videos).toHaveLength(0))
  expect(await screen.findByRole('heading', { name: 'The trash is empty' })).toBeVisible()
})

test('ten thousand videos render only a few rows', async () => {
  await renderApp('/my-videos', { videos: Array.from({ length: 10_000 }, (_, index) => makeVideo(index)) })
  await screen.findByRole('list', { name: /videos shown/ })
  expect(screen.getAllByRole('article').length).toBeLessThan(40)
})

test('an empty search in the address loads all videos', async () => {
  const asked: string[] = []
  server.events.on('request:start', ({ request }) => asked.push(request.url))
  await renderApp('/my-videos?q=&tag=', { videos: three() })
  expect(await screen.findByRole('heading', { name: 'Bell' })).toBeVisible()
  server.events.removeAllListeners()
  const [list] = asked.filter((url) => url.includes('/my-videos'))
  expect(new URL(list ?? '').search).toBe('?limit=50')
})

test('no results and an empty gallery are shown differently', async () => {
  await renderApp('/my-videos?q=zebra', { videos: three() })
  expect(await screen.findByRole('heading', { name: 'No results' })).toBeVisible()
})

test('an error shows the reason, the request id, and a retry button', async () => {
  const app = await renderApp('/my-videos', { videos: three() })
  server.use(http.get('*/api/gallery/my-videos', () => problem(503, 'gallery_unavailable', 'The gallery is not responding.'), { once: true }))
  await app.router.navigate({ to: '/my-videos', search: { sort: 'title' } })
  expect(await screen.findByText('The gallery is not responding.')).toBeVisible()
  expect(screen.getByText(/req-0001/)).toBeVisible()
  await app.user.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByRole('heading', { name: 'Bell' })).toBeVisible()
})

test('an expired session leads to sign-in and remembers the page', async () => {
  const app = await renderApp('/my-videos', { videos: three() })
  await screen.findByRole('heading', { name: 'Bell' })
  server.use(http.get('*/api/gallery/my-videos', () => HttpResponse.json({}, { status: 401 })))
  await app.router.navigate({ to: '/my-videos', search: { q: 'x' } })
  await waitFor(() => expect(app.path()).toContain('/login?next='))
  expect(decodeURIComponent(app.path())).toContain('/my-videos?q=x')
})

test('titles are rendered as text, never as HTML', async () => {
  await renderApp('/gallery', { videos: [makeVideo(1, { title: '<img src=x onerror=alert(1)>' })] })
  expect(await screen.findByRole('heading', { name: '<img src=x onerror=alert(1)>' })).toBeVisible()
})

test.each(['grid', 'list'] as const)("the user's own list (%s) follows the jobs without refetching", async (view) => {
  const asked: string[] = []
  server.events.on('request:start', ({ request }) => asked.push(request.url))
  const app = await renderApp(`/my-videos?view=${view}`, {
    videos: [makeVideo(1, { title: 'Bell', status: 'uploaded', renditions: [] }), makeVideo(2, { title: 'Snow', status: 'uploaded', renditions: [] })],
    jobs: [makeJob({ progress_percent: 12 }), makeJob({ id: makeId(501), video_id: makeId(1002), status: 'pending', progress_percent: 0 })],
  })
  expect(await screen.findByText('Processing 12%')).toBeVisible()
  expect(screen.getByText('Queued')).toBeVisible()
  if (view === 'grid') expect(screen.getByRole('progressbar', { name: 'Progress of Bell' })).toHaveAttribute('aria-valuenow', '12')
  app.state.jobs = [makeJob({ progress_percent: 9 }), makeJob({ id: makeId(501), video_id: makeId(1002), status: 'failed' })]
  app.state.videos = app.state.videos.map((video) => (video.id === makeId(1002) ? { ...video, status: 'failed' } : video))
  expect(await screen.findByText('Failed', {}, { timeout: 8000 })).toBeVisible()
  // An answer that is behind takes nothing back.
  expect(screen.getByText('Processing 12%')).toBeVisible()
  app.state.jobs = []
  app.state.videos = app.state.videos.map((video) => (video.id === makeId(1001) ? makeVideo(1, { title: 'Bell' }) : video))
  await waitFor(() => expect(screen.queryByText('Processing 12%')).toBeNull(), { timeout: 8000 })
  server.events.removeAllListeners()
  expect(asked.filter((url) => url.includes('/my-videos'))).toHaveLength(1)
})

test('a video uploaded elsewhere appears in the list', async () => {
  const app = await renderApp('/my-videos', { videos: [makeVideo(1, { title: 'Bell' })] })
  await screen.findByRole('heading', { name: 'Bell' })
  app.state.videos = [makeVideo(2, { title: 'Snow', status: 'processing', renditions: [] }), ...app.state.videos]
  app.state.jobs = [makeJob({ video_id: makeId(1002) })]
  await app.router.navigate({ to: '/gallery' })
  await app.router.navigate({ to: '/my-videos' })
  expect(await screen.findByText('Processing 43%')).toBeVisible()
})

test('a video in the trash has no link, and shows how long it can be restored', async () => {
  const deleted_at = new Date(Date.now() - 2 * 3_600_000).toISOString()
  await renderApp('/my-videos?trash=true', { videos: [makeVideo(1, { title: 'Old', deleted_at })] })
  const card = (await screen.findByRole('heading', { name: 'Old' })).closest('article') as HTMLElement
  expect(within(card).queryByRole('link')).toBeNull()
  expect(within(card).getByText('about 22 hours left')).toBeVisible()
})

test('Shift-click selects the range', async () => {
  const app = await renderApp('/my-videos?view=list', { videos: three() })
  await app.user.click(await screen.findByRole('checkbox', { name: 'Select Bell' }))
  await app.user.keyboard('{Shift>}')
  await app.user.click(screen.getByRole('checkbox', { name: 'Select Snow' }))
  await app.user.keyboard('{/Shift}')
  expect(screen.getByRole('toolbar', { name: '3 selected' })).toBeVisible()
})

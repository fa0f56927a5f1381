import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { afterEach, expect, test, vi } from 'vitest'
import { makeId, makeMe, makeUploadSummary } from '@/testing/api/data'
import { renderApp, server, serveApiInMemory } from '@/testing/render-app'
import { fingerprintFile } from './engine/fingerprint'
import { uploadStore } from './state/uploads'

// jsdom plays nothing; the stories in e2e/ watch for real.
vi.mock('../player/components/player', () => ({ Player: () => <p>The player</p> }))

serveApiInMemory()

afterEach(async () => {
  for (const item of uploadStore.getItems()) await uploadStore.remove(item.id)
  localStorage.clear()
})

const film = (name = 'my_first-film.mp4') => new File(['some bytes'], name, { type: 'video/mp4' })

async function choose(user: Awaited<ReturnType<typeof renderApp>>['user'], ...files: File[]) {
  await user.upload(await screen.findByTestId('file-input'), files)
}

test('a file is uploaded, titled after its name, and processed on request', async () => {
  const app = await renderApp('/upload')
  await choose(app.user, film())
  expect(await screen.findByRole('heading', { name: 'my first film' })).toBeVisible()
  await app.user.click(await screen.findByRole('button', { name: 'Start processing' }))
  expect(await screen.findByRole('link', { name: 'View progress' })).toBeVisible()
  // The source is 1280 × 720: larger formats are not requested.
  expect(app.state.sent.find(({ route }) => route === 'jobs')?.body).toMatchObject({ output_formats: ['720p', '480p'] })
})

test('details typed after the upload are saved as well', async () => {
  const app = await renderApp('/upload')
  await choose(app.user, film())
  await screen.findByRole('button', { name: 'Start processing' })
  const title = screen.getByLabelText('Title')
  await app.user.clear(title)
  await app.user.type(title, 'Bell')
  await waitFor(() => expect(app.state.sent.findLast(({ route }) => route === 'patch')?.body).toMatchObject({ title: 'Bell' }), { timeout: 3000 })
})

test('formats larger than the source are disabled, with the reason', async () => {
  const app = await renderApp('/upload')
  await choose(app.user, film())
  await screen.findByRole('button', { name: 'Start processing' })
  const box = screen.getByRole('checkbox', { name: /1080p/ })
  expect(box).toHaveAttribute('aria-disabled', 'true')
  expect(screen.getAllByText('Larger than the source').length).toBeGreaterThan(0)
})

test('a film with the width of 1080p gets 1080p, although its height is lower', async () => {
  const app = await renderApp('/upload')
  await choose(app.user, film('scope.mp4'))
  const start = await screen.findByRole('button', { name: 'Start processing' })
  expect(screen.getByRole('checkbox', { name: /1080p/ })).not.toHaveAttribute('aria-disabled', 'true')
  expect(screen.getByText('1920 × 800')).toBeVisible()
  await app.user.click(start)
  await waitFor(() => expect(app.state.sent.findLast(({ route }) => route === 'jobs')?.body).toMatchObject({ output_formats: ['1080p', '720p', '480p'] }))
})

test('a file that is not a video is rejected before a byte is sent', async () => {
  const app = await renderApp('/upload')
  app.user.setup({ applyAccept: false })
  const input = await screen.findByTestId<HTMLInputElement>('file-input')
  input.removeAttribute('accept')
  await app.user.upload(input, [new File(['x'], 'notes.txt', { type: 'text/plain' }), new File([], 'empty.mp4', { type: 'video/mp4' })])
  expect(await screen.findByText('notes.txt was not added')).toBeInTheDocument()
  expect(await screen.findByText('empty.mp4 was not added')).toBeInTheDocument()
  expect(uploadStore.getItems()).toEqual([])
})

test('a file that the API rejects shows why', async () => {
  const app = await renderApp('/upload')
  await choose(app.user, film('broken.mp4'))
  const card = await screen.findByRole('region', { name: 'broken.mp4' })
  expect(await within(card).findByText('This file is not a video.')).toBeVisible()
})

test('running uploads are shown on other pages too', async () => {
  const app = await renderApp('/upload')
  await choose(app.user, film('a.mp4'), film('b.mp4'))
  expect(await screen.findAllByRole('button', { name: /Start processing|Process after upload/ })).toHaveLength(2)
  expect(screen.getByRole('button', { name: 'Process all' })).toBeVisible()
})

test('uploads interrupted in another browser can be resumed; others are not offered', async () => {
  const uploads = [
    makeUploadSummary(),
    makeUploadSummary({ id: makeId(801), filename: 'in-one-piece.mp4', method: 'single' }),
    makeUploadSummary({ id: makeId(802), filename: 'over.mp4', status: 'confirmed' }),
    makeUploadSummary({ id: makeId(803), filename: 'by-a-program.mp4', fingerprint: null }),
  ]
  const app = await renderApp('/upload', { uploads })
  expect(await screen.findByRole('heading', { name: 'Unfinished uploads' })).toBeVisible()
  expect(screen.getByText('harbour-at-dawn.mov')).toBeVisible()
  expect(screen.getAllByRole('button', { name: 'Choose file' })).toHaveLength(1)
  await app.user.click(screen.getByRole('button', { name: 'Discard' }))
  await waitFor(() => expect(screen.queryByRole('heading', { name: 'Unfinished uploads' })).toBeNull())
  await waitFor(() => expect(app.state.uploads.map(({ id }) => id)).not.toContain(makeId(800)))
})

const never = () => new Promise<never>(() => undefined)

/** A store that never answers, so that the upload stays in progress. */
const holdStore = () => server.use(http.put('*/video-forge-storage/*', never))

const MB = 1024 * 1024

/**
 * Five parts of which the store has the first `stored`, started in another browser. The rest never
 * arrives.
 */
async function beginElsewhere(stored: number) {
  const file = new File([new Uint8Array(40 * MB)], 'large.mp4', { type: 'video/mp4', lastModified: 7 })
  const upload = makeUploadSummary({ filename: file.name, size_bytes: file.size, fingerprint: await fingerprintFile(file), part_size_bytes: 8 * MB, part_count: 5 })
  const parts = Array.from({ length: stored }, (_, index) => ({ part_number: index + 1, etag: `"${index}"`, size_bytes: 8 * MB }))
  server.use(
    http.get('*/api/storage/uploads/:id', () => HttpResponse.json({ ...upload, parts })),
    http.post('*/api/storage/uploads/:id/parts', never),
  )
  return { file, upload }
}

test('typed details survive a reload, only for the same user and file', async () => {
  const app = await renderApp('/upload')
  holdStore()
  const file = new File(['some bytes'], 'bell.mp4', { type: 'video/mp4', lastModified: 7 })
  await choose(app.user, file)
  await app.user.type(await screen.findByLabelText('Description'), 'Bronze')
  await app.user.type(screen.getByLabelText('Tags'), 'casting,')
  await app.user.click(screen.getByRole('combobox', { name: 'Visibility' }))
  await app.user.click(await screen.findByRole('option', { name: 'Private' }))
  await app.user.click(screen.getByRole('checkbox', { name: /480p/ }))
  app.unmount()
  uploadStore.clear()

  const again = await renderApp('/upload')
  holdStore()
  await choose(again.user, file)
  expect(await screen.findByDisplayValue('Bronze')).toBeVisible()
  expect(screen.getByText('casting')).toBeVisible()
  expect(screen.getByText('Only you can watch it.')).toBeVisible()
  expect(screen.getByRole('checkbox', { name: /480p/ })).not.toBeChecked()
  again.unmount()
  uploadStore.clear()

  const other = await renderApp('/upload', { me: makeMe({ id: makeId(2), email: 'bea@example.com' }) })
  holdStore()
  await choose(other.user, file)
  expect(await screen.findByLabelText('Description')).toHaveValue('')
})

test('an upload resumed without its details stays private until the user chooses', async () => {
  const { file, upload } = await beginElsewhere(1)
  const app = await renderApp('/upload', { uploads: [upload] })
  await beginElsewhere(1)
  await choose(app.user, file)
  expect(await screen.findByText(/stays private until you choose/)).toBeVisible()
  expect(screen.getByText('Only you can watch it.')).toBeVisible()
})

test('cancelling a large upload asks for confirmation, and removes it at once', async () => {
  const { file, upload } = await beginElsewhere(3)
  const app = await renderApp('/upload', { uploads: [upload] })
  await beginElsewhere(3)
  server.use(http.delete('*/api/storage/uploads/:id', never))
  await choose(app.user, file)
  await waitFor(() => expect(screen.getByRole('progressbar', { name: 'Upload of large.mp4' })).toHaveAttribute('aria-valuenow', '60'))
  await app.user.click(screen.getByRole('button', { name: 'Cancel upload' }))
  const question = await screen.findByRole('alertdialog', { name: 'Cancel the upload of large.mp4?' })
  expect(question).toHaveTextContent('25 MB of 42 MB')
  await app.user.click(within(question).getByRole('button', { name: 'Go back' }))
  await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull())
  expect(screen.getByRole('region', { name: 'large.mp4' })).toBeVisible()
  await app.user.click(screen.getByRole('button', { name: 'Cancel upload' }))
  await app.user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Cancel upload' }))
  await waitFor(() => expect(screen.queryByRole('region', { name: 'large.mp4' })).toBeNull())
  // The store does not know of it yet, and the API still lists it.
  expect(screen.queryByRole('heading', { name: 'Unfinished uploads' })).toBeNull()
})

test('a small upload is cancelled without a confirmation', async () => {
  const app = await renderApp('/upload')
  holdStore()
  await choose(app.user, film('little.mp4'))
  await app.user.click(await screen.findByRole('button', { name: 'Cancel upload' }))
  await waitFor(() => expect(screen.queryByRole('region', { name: 'little.mp4' })).toBeNull())
  expect(screen.queryByRole('alertdialog')).toBeNull()
})

test('a rejected file can only be removed from the list', async () => {
  const app = await renderApp('/upload')
  await choose(app.user, film('broken.mp4'))
  const card = await screen.findByRole('region', { name: 'broken.mp4' })
  expect(await within(card).findByText('Rejected')).toBeVisible()
  expect(within(card).getAllByRole('button').map((button) => button.getAttribute('aria-label'))).toEqual(['Remove from list'])
  expect(within(card).queryByLabelText('Title')).toBeNull()
})

test('the card follows its job to the end', async () => {
  const app = await renderApp('/upload')
  await choose(app.user, film())
  await app.user.click(await screen.findByRole('button', { name: 'Start processing' }))
  const bar = await screen.findByRole('progressbar', { name: 'Processing progress' })
  app.state.jobs = app.state.jobs.map((job) => ({ ...job, status: 'processing', phase: 'encoding', progress_percent: 31 }))
  await waitFor(() => expect(bar).toHaveAttribute('aria-valuenow', '31'), { timeout: 8000 })
  app.state.jobs = app.state.jobs.map((job) => ({ ...job, status: 'completed', phase: 'completed', progress_percent: 100 }))
  expect(await within(screen.getByRole('main')).findByText('Done', {}, { timeout: 8000 })).toBeVisible()
})

test('what is encoded can be watched in the card', async () => {
  const app = await renderApp('/upload')
  await choose(app.user, film())
  await app.user.click(await screen.findByRole('button', { name: 'Start processing' }))
  await screen.findByRole('progressbar', { name: 'Processing progress' })
  expect(screen.queryByRole('button', { name: 'Watch now' })).toBeNull()
  app.state.videos = app.state.videos.map((video) => ({ ...video, playable_seconds: 6 }))
  app.state.jobs = app.state.jobs.map((job) => ({ ...job, status: 'processing', phase: 'encoding', playable_seconds: 6 }))
  await app.user.click(await screen.findByRole('button', { name: 'Watch now' }, { timeout: 8000 }))
  expect(await screen.findByText('The player')).toBeVisible()
  await app.user.click(screen.getByRole('button', { name: 'Close player' }))
  expect(screen.queryByText('The player')).toBeNull()
})

test('the tray counts uploads, and its bar does not fall back when one of several finishes', async () => {
  const app = await renderApp('/upload')
  holdStore()
  await choose(app.user, film('a.mp4'))
  await screen.findByRole('region', { name: 'a.mp4' })
  await app.router.navigate({ to: '/gallery' })
  expect(await screen.findByRole('link', { name: /^1 upload, 0%/ })).toBeVisible()
})

test('the last edit is saved even if its card is removed at once', async () => {
  const app = await renderApp('/upload')
  await choose(app.user, film())
  await screen.findByRole('button', { name: 'Start processing' })
  await app.user.type(screen.getByLabelText('Description'), 'Bronze')
  expect(uploadStore.isBusy()).toBe(true)
  await app.user.click(screen.getByRole('button', { name: 'Remove from list' }))
  await waitFor(() => expect(app.state.sent.at(-1)).toMatchObject({ route: 'patch', body: { description: 'Bronze' } }))
  await waitFor(() => expect(uploadStore.isBusy()).toBe(false))
})

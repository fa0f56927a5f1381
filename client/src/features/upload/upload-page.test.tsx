import { screen, waitFor, within } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { makeId, makeUploadSummary } from '@/testing/api/data'
import { renderApp, serveApiInMemory } from '@/testing/render-app'
import { desk } from './state/desk'

serveApiInMemory()

afterEach(async () => {
  for (const item of desk.getItems()) await desk.remove(item.id)
})

const film = (name = 'my_first-film.mp4') => new File(['some bytes'], name, { type: 'video/mp4' })

async function choose(user: Awaited<ReturnType<typeof renderApp>>['user'], ...files: File[]) {
  await user.upload(await screen.findByTestId('file-input'), files)
}

test('a file goes up, is named after itself, and is processed when one says so', async () => {
  const app = await renderApp('/upload')
  await choose(app.user, film())
  expect(await screen.findByRole('heading', { name: 'my first film' })).toBeVisible()
  await app.user.click(await screen.findByRole('button', { name: 'Start processing' }))
  expect(await screen.findByRole('link', { name: 'Watch progress' })).toBeVisible()
  // The source is 1280 × 720: what is larger is not asked for.
  expect(app.state.sent.find(({ route }) => route === 'jobs')?.body).toMatchObject({ output_formats: ['720p', '480p'] })
})

test('details that are typed after the upload are saved as well', async () => {
  const app = await renderApp('/upload')
  await choose(app.user, film())
  await screen.findByRole('button', { name: 'Start processing' })
  const title = screen.getByLabelText('Title')
  await app.user.clear(title)
  await app.user.type(title, 'Bell')
  await waitFor(() => expect(app.state.sent.findLast(({ route }) => route === 'patch')?.body).toMatchObject({ title: 'Bell' }), { timeout: 3000 })
})

test('formats above the source are greyed out, with the reason', async () => {
  const app = await renderApp('/upload')
  await choose(app.user, film())
  await screen.findByRole('button', { name: 'Start processing' })
  const box = screen.getByRole('checkbox', { name: /1080p/ })
  expect(box).toHaveAttribute('aria-disabled', 'true')
  expect(screen.getAllByText('Larger than the source (1280 × 720)').length).toBeGreaterThan(0)
})

test('what is no video is refused before a byte is sent', async () => {
  const app = await renderApp('/upload')
  app.user.setup({ applyAccept: false })
  const input = await screen.findByTestId<HTMLInputElement>('file-input')
  input.removeAttribute('accept')
  await app.user.upload(input, [new File(['x'], 'notes.txt', { type: 'text/plain' }), new File([], 'empty.mp4', { type: 'video/mp4' })])
  expect(await screen.findByText('notes.txt was not taken')).toBeInTheDocument()
  expect(await screen.findByText('empty.mp4 was not taken')).toBeInTheDocument()
  expect(desk.getItems()).toEqual([])
})

test('a file that the API finds to be no video says why', async () => {
  const app = await renderApp('/upload')
  await choose(app.user, film('broken.mp4'))
  const card = await screen.findByRole('region', { name: 'broken.mp4' })
  expect(await within(card).findByText('This file is not a video.')).toBeVisible()
})

test('uploads are named on other pages too while bytes move', async () => {
  const app = await renderApp('/upload')
  await choose(app.user, film('a.mp4'), film('b.mp4'))
  expect(await screen.findAllByRole('button', { name: /Start processing|Process after upload/ })).toHaveLength(2)
  expect(screen.getByRole('button', { name: 'Process all' })).toBeVisible()
})

test('what broke off in another browser is offered; what cannot go on is not', async () => {
  const uploads = [
    makeUploadSummary(),
    makeUploadSummary({ id: makeId(801), filename: 'in-one-piece.mp4', method: 'single' }),
    makeUploadSummary({ id: makeId(802), filename: 'over.mp4', status: 'confirmed' }),
    makeUploadSummary({ id: makeId(803), filename: 'by-a-program.mp4', fingerprint: null }),
  ]
  const app = await renderApp('/upload', { uploads })
  expect(await screen.findByRole('heading', { name: 'Unfinished uploads' })).toBeVisible()
  expect(screen.getByText('harbour-at-dawn.mov')).toBeVisible()
  expect(screen.getAllByRole('button', { name: 'Choose the file' })).toHaveLength(1)
  await app.user.click(screen.getByRole('button', { name: 'Discard' }))
  await waitFor(() => expect(screen.queryByRole('heading', { name: 'Unfinished uploads' })).toBeNull())
  await waitFor(() => expect(app.state.uploads.map(({ id }) => id)).not.toContain(makeId(800)))
})

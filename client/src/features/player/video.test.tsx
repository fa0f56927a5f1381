import { screen, waitFor, within } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { makeId, makeJob, makeMe, makeOffers, makeVideo } from '@/testing/api/data'
import type { Video } from '@/lib/api/models'
import { LIMITS } from '@/lib/api/vocabulary'
import { chooseLanguage } from '@/lib/i18n'
import { renderApp, serveApiInMemory } from '@/testing/render-app'

// jsdom plays nothing; the stories in e2e/ watch for real.
vi.mock('./components/player', () => ({ Player: () => <p>The player</p> }))

serveApiInMemory()
afterEach(() => chooseLanguage('en'))

/** The URLs of downloads, recorded instead of downloaded. */
function watchSaving(): string[] {
  const saved: string[] = []
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(this.getAttribute('href') ?? '')
  })
  return saved
}

const address = `/videos/${makeId(1001)}`
const unplayable: Partial<Video> = { status: 'processing', renditions: [] }

test('a video in processing links its owner to the progress', async () => {
  await renderApp(address, { videos: [makeVideo(1, unplayable)], jobs: [makeJob()] })
  expect(await screen.findByRole('heading', { name: 'This video is being processed' })).toBeVisible()
  expect(await screen.findByRole('link', { name: 'View progress' })).toHaveAttribute('href', `/jobs/${makeId(500)}`)
})

test('a video that is still being encoded plays, for visitors too; only its owner sees the way to the progress', async () => {
  const given = { videos: [makeVideo(1, { ...unplayable, playable_seconds: 6 })], jobs: [makeJob()] }
  const app = await renderApp(address, given)
  expect(await screen.findByText('The player')).toBeVisible()
  expect(await screen.findByRole('link', { name: 'View progress' })).toHaveAttribute('href', `/jobs/${makeId(500)}`)
  app.unmount()
  await renderApp(address, { ...given, me: null })
  expect(await screen.findByText('The player')).toBeVisible()
  expect(screen.queryByRole('link', { name: 'View progress' })).toBeNull()
})

test('a visitor can neither edit nor delete', async () => {
  await renderApp(address, { me: null, videos: [makeVideo(1, unplayable)] })
  await screen.findByRole('heading', { name: 'Film 1' })
  expect(screen.queryByRole('button', { name: 'Edit' })).toBeNull()
  expect(screen.queryByRole('button', { name: 'More' })).toBeNull()
})

test('a visitor downloads any rendition by its playback URL, and the source is not offered', async () => {
  const saved = watchSaving()
  const app = await renderApp(address, { me: null, videos: [makeVideo(1)] })
  await screen.findByText('The player')
  await app.user.click(screen.getByRole('button', { name: 'Download 720p' }))
  await waitFor(() => expect(saved).toEqual(['/media/t/720p.mp4?download=1']))
  expect(screen.queryByRole('button', { name: 'Download Source' })).toBeNull()
})

test('an expired URL is fetched again before a download', async () => {
  const saved = watchSaving()
  const app = await renderApp(address, { videos: [makeVideo(1)], streamEndsAt: '2026-01-01T00:00:00Z' })
  await screen.findByText('The player')
  app.state.streamEndsAt = '2099-01-01T00:00:00Z'
  const asked = app.state.streamsAsked
  await app.user.click(screen.getByRole('button', { name: 'Download 480p' }))
  await waitFor(() => expect(saved).toEqual(['/media/t/480p.mp4?download=1']))
  expect(app.state.streamsAsked).toBe(asked + 1)
})

test('the owner edits title, tags and visibility', async () => {
  const app = await renderApp(address, { videos: [makeVideo(1, unplayable)] })
  await app.user.click(await screen.findByRole('button', { name: 'Edit' }))
  const dialog = await screen.findByRole('dialog')
  await app.user.clear(within(dialog).getByLabelText('Title'))
  expect(within(dialog).getByText('Enter a title.')).toBeVisible()
  expect(within(dialog).getByRole('button', { name: 'Save' })).toBeDisabled()
  await app.user.type(within(dialog).getByLabelText('Title'), 'Bell')
  await app.user.type(within(dialog).getByLabelText('Tags'), 'bronze,')
  await app.user.click(within(dialog).getByRole('button', { name: 'Save' }))
  expect(await screen.findByRole('heading', { name: 'Bell' })).toBeVisible()
  expect(app.state.sent.at(-1)?.body).toMatchObject({ title: 'Bell', tags: ['bronze'] })
})

test('a video keeps all its tags when one is added, up to as many as the API takes', async () => {
  const tags = Array.from({ length: LIMITS.tags - 1 }, (_, index) => `tag ${index}`)
  const app = await renderApp(address, { videos: [makeVideo(1, { ...unplayable, tags })] })
  await app.user.click(await screen.findByRole('button', { name: 'Edit' }))
  const dialog = await screen.findByRole('dialog')
  await app.user.type(within(dialog).getByLabelText('Tags'), 'bronze,one too many,')
  await app.user.click(within(dialog).getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(app.state.sent.at(-1)?.body).toMatchObject({ tags: [...tags, 'bronze'] }))
})

test('the link of a private video says that others cannot open it, and the embed code is escaped', async () => {
  const app = await renderApp(address, { videos: [makeVideo(1, { ...unplayable, visibility: 'private', title: '"><script>' })] })
  await app.user.click(await screen.findByRole('button', { name: 'Share' }))
  expect(await screen.findByText(/This video is private/)).toBeVisible()
  expect(screen.getByLabelText<HTMLTextAreaElement>('Embed').value).toContain('title="&quot;>&lt;script>"')
})

test('formats can be added from the video page', async () => {
  const app = await renderApp(address, { videos: [makeVideo(1, { status: 'uploaded', renditions: [] })] })
  await app.user.click(await screen.findByRole('button', { name: 'Start processing' }))
  const dialog = await screen.findByRole('dialog')
  await app.user.click(within(dialog).getByRole('checkbox', { name: /480p/ }))
  await app.user.click(within(dialog).getByRole('button', { name: 'Start processing' }))
  await waitFor(() => expect(app.path()).toBe(`/jobs/${makeId(600)}`))
  expect(app.state.sent.at(-1)?.body).toMatchObject({ output_formats: ['1080p', '720p'] })
})

test('administrators see the queue; others are redirected', async () => {
  const app = await renderApp('/admin', { me: makeMe({ groups: ['user', 'admin'] }), jobs: [makeJob()] })
  expect(await screen.findByText('Messages waiting')).toBeVisible()
  expect(await screen.findByText('processor-1')).toBeVisible()
  app.unmount()
  const other = await renderApp('/admin')
  await waitFor(() => expect(other.path()).toBe('/my-videos'))
})

test('existing formats are not selected again by default', async () => {
  const made = [{ format: '720p', width: 1280, height: 720, bitrate_bps: 1_700_000, size_bytes: 13_000_000 }]
  const app = await renderApp(address, { videos: [makeVideo(1, { renditions: made })] })
  await app.user.click(await screen.findByRole('button', { name: 'More' }))
  await app.user.click(await screen.findByRole('menuitem', { name: 'Add formats' }))
  const dialog = await screen.findByRole('dialog')
  expect(within(dialog).getByRole('checkbox', { name: /720p.*Already available/ })).not.toBeChecked()
  expect(within(dialog).getByRole('checkbox', { name: /1080p/ })).toBeChecked()
})

test('formats larger than the source are never requested unnoticed', async () => {
  const made = [{ format: '720p', width: 1280, height: 720, bitrate_bps: 1_700_000, size_bytes: 13_000_000 }]
  const film = { renditions: made, width: 1280, height: 720, available_formats: makeOffers(['720p', 1280, 720]) }
  const app = await renderApp(address, { videos: [makeVideo(1, film)] })
  await app.user.click(await screen.findByRole('button', { name: 'More' }))
  await app.user.click(await screen.findByRole('menuitem', { name: 'Add formats' }))
  expect(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Start processing' })).toBeDisabled()
})

test('a missing video links to the gallery, and offers no retry', async () => {
  await renderApp(`/videos/${makeId(7)}`)
  expect(await screen.findByRole('link', { name: 'Go to gallery' })).toHaveAttribute('href', '/gallery')
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull()
})

test('a tag is one tag however it is written', async () => {
  const app = await renderApp(address, { videos: [makeVideo(1, unplayable)] })
  await app.user.click(await screen.findByRole('button', { name: 'Edit' }))
  await app.user.type(within(await screen.findByRole('dialog')).getByLabelText('Tags'), 'test,Test,')
  expect(screen.getAllByRole('button', { name: /^Remove/ }).map((button) => button.getAttribute('aria-label'))).toEqual(['Remove test'])
})

test.each([
  ['en', 'Make 720p again', 'Make again', /Being made again, 0%/, '720p has been made again'],
  ['de', '720p neu erstellen', 'Neu erstellen', /Wird neu erstellt, 0\s%/, '720p wurde neu erstellt'],
] as const)('the owner has one rendition made again, and watches on: %s', async (language, open, start, progress, done) => {
  await chooseLanguage(language)
  const app = await renderApp(address, { videos: [makeVideo(1)] })
  await app.user.click(await screen.findByRole('button', { name: open }))
  expect(app.state.sent).toEqual([])
  await app.user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: start }))
  expect(await screen.findByRole('link', { name: progress })).toHaveAttribute('href', `/jobs/${makeId(600)}`)
  expect(app.state.sent.at(-1)?.body).toMatchObject({ output_formats: ['720p'], replace: true })
  expect(screen.getByText('The player')).toBeVisible()
  expect(app.path()).toBe(address)
  expect(screen.queryByRole('button', { name: open })).toBeNull()
  expect(screen.getByRole('button', { name: open.replace('720p', '480p') })).toBeVisible()

  app.state.jobs = app.state.jobs.map((job) => ({ ...job, status: 'completed', phase: 'completed', progress_percent: 100 }))
  expect(await screen.findByText(done, undefined, { timeout: 12_000 })).toBeVisible()
  expect(await screen.findByRole('button', { name: open })).toBeVisible()
}, 20_000)

test('a rendition that is being made again shows its progress on a page that is opened later', async () => {
  await renderApp(address, { videos: [makeVideo(1)], jobs: [makeJob({ output_formats: ['480p'], renditions: makeJob().renditions.slice(0, 1) })] })
  expect(await screen.findByRole('link', { name: /Being made again, 43%/ })).toBeVisible()
  expect(screen.queryByRole('button', { name: 'Make 480p again' })).toBeNull()
  expect(screen.getByRole('button', { name: 'Make 1080p again' })).toBeVisible()
})

test('a visitor, and the owner of a rendition that is not offered any more, cannot have it made again', async () => {
  const app = await renderApp(address, { me: null, videos: [makeVideo(1)] })
  await screen.findByRole('button', { name: 'Download 720p' })
  expect(screen.queryByRole('button', { name: /again/ })).toBeNull()
  app.unmount()
  await renderApp(address, { videos: [makeVideo(1, { available_formats: makeOffers(['480p', 854, 480]) })] })
  await screen.findByRole('button', { name: 'Make 480p again' })
  expect(screen.queryByRole('button', { name: 'Make 720p again' })).toBeNull()
})

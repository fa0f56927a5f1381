import { act, screen, waitFor, within } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import type { Job } from '@/lib/api/models'
import { chooseLanguage } from '@/lib/i18n'
import { makeId, makeJob, makeVideo } from '@/testing/api/data'
import { renderApp, serveApiInMemory } from '@/testing/render-app'
import { mergeJob } from '@/lib/job/merge-job'
import { buildQueryClient } from '@/lib/query-client'
import { jobQuery } from '@/lib/requests/get-job'

// jsdom plays nothing; the stories in e2e/ watch for real.
vi.mock('../player/components/player', () => ({ Player: () => <p>The player</p> }))

serveApiInMemory()

afterEach(() => chooseLanguage('en'))

const address = `/jobs/${makeId(500)}`
const processing = [makeVideo(1, { title: 'Bell', status: 'processing', renditions: [] })]

test('a running job shows its state in words, for each rendition and overall', async () => {
  await renderApp(address, { videos: processing, jobs: [makeJob()] })
  expect(await screen.findByText('Encoding 3 renditions, 43%, about 2 to 3 minutes left')).toBeVisible()
  expect(screen.getByRole('progressbar', { name: 'Overall progress' })).toHaveAttribute('aria-valuenow', '43')
  expect(screen.getByRole('progressbar', { name: 'Progress of 720p' })).toHaveAttribute('aria-valuenow', '44')
  expect(screen.getByText('40% complete')).toBeInTheDocument()
  expect(screen.getByText(/4K would only enlarge it/)).toBeVisible()
  await waitFor(() => expect(document.title).toBe('43% · Bell · VideoForge'))
})

test.each([
  [0, 'Next in line'],
  [1, 'Queued (1 ahead of you)'],
  [3, 'Queued (3 ahead of you)'],
])('a queued job with %i ahead of it says so', async (queue_position, words) => {
  await renderApp(address, { videos: processing, jobs: [makeJob({ status: 'pending', phase: 'queued', queue_position, progress_percent: 0, renditions: [] })] })
  expect(await screen.findByText(words)).toBeVisible()
})

test.each([
  ['processing', 'store', 'Waiting for storage'],
  ['pending', 'store', 'Waiting for storage'],
  ['pending', 'queue', 'Waiting for the queue service'],
  ['processing', 'room', 'Waiting for disk space on a processor'],
] as const)('a job that is %s and waits says what for: %s', async (status, waiting_for, words) => {
  await renderApp(address, { videos: processing, jobs: [makeJob({ status, waiting_for, queue_position: 2, speed: null, eta_seconds: null })] })
  expect(await screen.findByText(words)).toBeVisible()
  expect(screen.getByText(/Processing resumes automatically/)).toBeVisible()
})

test('a failed job shows reason, hint and code, and can be retried', async () => {
  const error = { code: 'truncated_media', message: 'The file breaks off.', retryable: false, hint: 'Export it again.' }
  const app = await renderApp(address, { videos: processing, jobs: [makeJob({ status: 'failed', phase: 'encoding', error })] })
  const alert = await screen.findByRole('alert')
  expect(alert).toHaveTextContent('The file breaks off.')
  expect(alert).toHaveTextContent('Export it again.')
  expect(alert).toHaveTextContent('truncated_media')
  await app.user.click(within(alert).getByRole('button', { name: 'Try again' }))
  expect(await screen.findByText('Waiting for a free processor')).toBeVisible()
})

test('cancelling asks for confirmation, and a cancelled job can be restarted', async () => {
  const app = await renderApp(address, { videos: processing, jobs: [makeJob()] })
  await app.user.click(await screen.findByRole('button', { name: 'Cancel processing' }))
  await app.user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Cancel processing' }))
  await waitFor(() => expect(app.state.jobs[0]?.status).toBe('cancelled'))
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Cancel processing' })).toBeNull())
  await app.user.click(screen.getByRole('button', { name: 'Restart' }))
  expect(await screen.findByText('Waiting for a free processor')).toBeVisible()
})

test('finished renditions can be watched while the rest is still encoding', async () => {
  await renderApp(address, { videos: [makeVideo(1)], jobs: [makeJob()] })
  expect(await screen.findByRole('link', { name: 'Watch available formats' })).toHaveAttribute('href', `/videos/${makeId(1001)}`)
})

test('the player appears with the first seconds, and stays until the video is published', async () => {
  const app = await renderApp(address, { videos: processing, jobs: [makeJob()] })
  expect(await screen.findByText(/as soon as the first seconds are encoded/)).toBeVisible()
  const tell = (job: Partial<Job>) => act(() => void app.instances.at(-1)?.queryClient.setQueryData(jobQuery(makeId(500)).queryKey, makeJob(job)))
  app.state.videos = [makeVideo(1, { status: 'processing', renditions: [], playable_seconds: 6 })]
  tell({ playable_seconds: 6 })
  expect(await screen.findByText('The player')).toBeVisible()
  // The job is done; the gallery does not know its renditions yet.
  tell({ status: 'completed', phase: 'completed', progress_percent: 100, playable_seconds: 0 })
  expect(await screen.findAllByText('Done')).toHaveLength(2)
  expect(screen.getByText('The player')).toBeVisible()
})

test('the player goes when the job is cancelled, since what it played goes too', async () => {
  const app = await renderApp(address, { videos: [makeVideo(1, { status: 'processing', renditions: [], playable_seconds: 6 })], jobs: [makeJob({ playable_seconds: 6 })] })
  expect(await screen.findByText('The player')).toBeVisible()
  act(() => void app.instances.at(-1)?.queryClient.setQueryData(jobQuery(makeId(500)).queryKey, makeJob({ status: 'cancelled', phase: 'cancelled', playable_seconds: 6 })))
  expect(await screen.findByRole('button', { name: 'Restart' })).toBeVisible()
  expect(screen.queryByText('The player')).toBeNull()
})

test('a rendition that is ready says so while others are encoded', async () => {
  const renditions = makeJob().renditions.map((rendition) => ({ ...rendition, ...(rendition.format === '480p' ? { progress_percent: 100, status: 'done' } : { progress_percent: 60 }) }))
  await renderApp(address, { videos: processing, jobs: [makeJob({ renditions })] })
  expect(await screen.findByText(/^Encoding 2 of 3 renditions/)).toBeVisible()
  const ready = screen.getByRole('progressbar', { name: 'Progress of 480p' }).closest('li') as HTMLElement
  expect(within(ready).getByText('Ready')).toBeVisible()
  expect(screen.getAllByText('60%')).toHaveLength(2)
})

test.each([
  ['en', /about 4 to 6 minutes left/, /3 processors at work/],
  ['de', /noch etwa 4 bis 6 Minuten/, /3 Worker arbeiten daran/],
] as const)('the time left is a range, and the processors are counted: %s', async (language, time, processors) => {
  await chooseLanguage(language)
  await renderApp(address, { videos: processing, jobs: [makeJob({ processors: 3, eta_seconds: 300, eta_range_seconds: [240, 360] })] })
  expect(await screen.findByText(time)).toBeVisible()
  expect(screen.getByText(processors)).toBeVisible()
})

test("another user's job is reported as not found", async () => {
  await renderApp(`/jobs/${makeId(7)}`)
  expect(await screen.findByText('Job not found.')).toBeVisible()
})

test('events out of order never move the progress back', () => {
  const known = makeJob({ progress_percent: 50 })
  const ahead = makeJob({ renditions: known.renditions.map((rendition) => ({ ...rendition, progress_percent: 80 })) })
  expect(mergeJob(ahead, known).renditions.map((rendition) => rendition.progress_percent)).toEqual(known.renditions.map(() => 80))
  expect(mergeJob(known, makeJob({ progress_percent: 43 })).progress_percent).toBe(50)
  expect(mergeJob(makeJob({ status: 'completed', progress_percent: 100 }), makeJob()).status).toBe('completed')
  expect(mergeJob(makeJob({ playable_seconds: 12 }), makeJob({ playable_seconds: 6 })).playable_seconds).toBe(12)
  expect(mergeJob(known, makeJob({ progress_percent: 0, attempts: 2 })).progress_percent).toBe(0)
})

test('every way to a job is merged into what is known of it: responses, events and lists', () => {
  const client = buildQueryClient()
  const { queryKey } = jobQuery(makeId(500))
  const write = (progress_percent: number) => client.setQueryData(queryKey, makeJob({ progress_percent }))
  expect([write(50), write(43), write(51)].map((job) => job?.progress_percent)).toEqual([50, 50, 51])
})

test('a failed job and its notes are shown in the language of the page', async () => {
  await chooseLanguage('de')
  const error = { code: 'undecodable_media', message: 'Most of the video cannot be decoded.', retryable: false, hint: 'Play the file.' }
  const warnings = [
    { code: 'subtitles_dropped', message: 'The source has subtitles, which are not carried over.' },
    { code: 'of_tomorrow', message: 'What nobody has translated yet.' },
  ]
  const skipped = [...makeJob().skipped, { format: '720p', reason: 'The video already has 720p.', code: 'already_made' as const }]
  await renderApp(address, { videos: processing, jobs: [makeJob({ status: 'failed', phase: 'encoding', error, warnings, skipped })] })
  const alert = await screen.findByRole('alert')
  expect(alert).toHaveTextContent('Der größte Teil des Videos lässt sich nicht decodieren')
  expect(alert).toHaveTextContent('Prüfe, ob die Datei auf deinem Gerät bis zum Ende läuft')
  expect(screen.getByText(/Untertitel im Quellvideo werden nicht übernommen/)).toBeVisible()
  expect(screen.getByText(/4K ist größer als das Quellvideo/)).toBeVisible()
  expect(screen.getByText(/Das Video hat 720p schon/)).toBeVisible()
  expect(screen.getByText(/What nobody has translated yet/)).toBeVisible()
})

test('a stopped job is not shown as queued, and links to the video and to the list', async () => {
  const error = { code: 'encode_failed', message: 'It failed.', retryable: true, hint: null }
  await renderApp(address, { videos: [makeVideo(1, { status: 'failed', renditions: [] })], jobs: [makeJob({ status: 'failed', phase: 'encoding', error, speed: 0.04 })] })
  expect(await screen.findAllByText('Not created')).toHaveLength(3)
  expect(screen.queryByText('Queued')).toBeNull()
  expect(screen.queryByText(/real time/)).toBeNull()
  expect(screen.getByRole('link', { name: 'Go to video' })).toHaveAttribute('href', `/videos/${makeId(1001)}`)
  expect(screen.getByRole('link', { name: 'Go to my videos' })).toHaveAttribute('href', '/my-videos')
})

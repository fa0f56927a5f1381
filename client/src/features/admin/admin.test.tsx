import { screen, waitFor, within } from '@testing-library/react'
import { http } from 'msw'
import { expect, test } from 'vitest'
import { makeId, makeJob, makeMe, makeVideo } from '@/testing/api/data'
import { problem } from '@/testing/api/problems'
import { renderApp, serveApiInMemory, server } from '@/testing/render-app'

serveApiInMemory()

const me = makeMe({ groups: ['user', 'admin'] })
const waiting = makeJob({ id: 'aaaaaaaa-1', user_id: makeId(2), status: 'pending', phase: 'queued', progress_percent: 0, renditions: [] })
const running = makeJob({ id: 'bbbbbbbb-1', user_id: makeId(3) })
const failed = makeJob({ id: 'cccccccc-1', status: 'failed', error: { code: 'no_video', message: 'No.', retryable: false, hint: null } })
const jobs = [waiting, running, failed]

async function renderRow(name: string, given: Parameters<typeof renderApp>[1] = { me, jobs }) {
  const app = await renderApp('/admin', given)
  const link = await screen.findByRole('link', { name: `Job ${name}` })
  return { app, row: within(link.closest('tr') ?? document.body) }
}

test('the page shows the queue, the processors with their tasks, and why jobs failed', async () => {
  await renderApp('/admin', { me, jobs })
  const failures = (await screen.findByText('Failures in the last 7 days')).closest('section') ?? document.body
  const codes = (await within(failures).findAllByRole('listitem')).map((item) => item.textContent)
  expect(codes[0]).toMatch(/truncated_media.*12 jobs/)
  expect(codes[1]).toMatch(/no_video.*1 job$/)
  expect(screen.getByText('Messages waiting').parentElement).toHaveTextContent('3')
  const processor = (await screen.findByText('processor-1')).closest('li') ?? document.body
  expect(await within(processor).findByRole('progressbar', { name: 'Encoding' })).toHaveAttribute('aria-valuenow', '43')
  expect(within(processor).getByRole('link', { name: 'Job 00000000' })).toHaveAttribute('href', `/jobs/${makeId(500)}`)
})

test('a processor that accepts no tasks shows why, and waiting tasks show what for', async () => {
  await renderApp('/admin', { me, jobs })
  const processor = (await screen.findByText('processor-3')).closest('li') ?? document.body
  expect(within(processor).getByText('Not accepting tasks: no_room')).toBeVisible()
  expect(await screen.findByText('2 tasks are waiting for storage')).toBeVisible()
})

test('quarantined rows are listed with their reason', async () => {
  await renderApp('/admin', { me, jobs })
  expect(await screen.findByText(/Task 3f2c9a10 is quarantined: The plan is not of this version\./)).toBeVisible()
})

test('the jobs of all users link to their pages, and a failed one shows its error', async () => {
  const { row } = await renderRow('cccccccc')
  expect(row.getByText('no_video')).toBeVisible()
  expect(row.queryByRole('button', { name: /Cancel/ })).toBeNull()
  expect(screen.getByRole('link', { name: 'Job bbbbbbbb' })).toHaveAttribute('href', '/jobs/bbbbbbbb-1')
})

test('a job of another user is cancelled after a confirmation', async () => {
  const { app, row } = await renderRow('bbbbbbbb')
  await app.user.click(row.getByRole('button', { name: 'Cancel job bbbbbbbb' }))
  const dialog = await screen.findByRole('alertdialog', { name: 'Cancel job bbbbbbbb?' })
  expect(app.state.sent).toEqual([])
  await app.user.click(within(dialog).getByRole('button', { name: 'Cancel job' }))
  expect(await screen.findByText('Job cancelled')).toBeVisible()
  expect(app.state.jobs[1]?.status).toBe('cancelled')
  await waitFor(() => expect(row.queryByRole('button', { name: /Cancel/ })).toBeNull())
})

test('a queued job can change priority; a running one cannot', async () => {
  const { app, row } = await renderRow('aaaaaaaa')
  expect(screen.getAllByRole('combobox', { name: /^Priority of job/ })).toHaveLength(1)
  await app.user.click(row.getByRole('combobox', { name: 'Priority of job aaaaaaaa' }))
  await app.user.click(await screen.findByRole('option', { name: '5' }))
  expect(await screen.findByText('Job priority set to 5')).toBeVisible()
  expect(app.state.sent).toEqual([{ route: 'admin/jobs', body: { id: 'aaaaaaaa-1', priority: 5 } }])
})

test('a job that has started in the meantime keeps its priority, and the page says so', async () => {
  const { app, row } = await renderRow('aaaaaaaa')
  server.use(http.patch('*/api/admin/jobs/:id', () => problem(409, 'job_started', 'The job is processing.')))
  await app.user.click(row.getByRole('combobox', { name: 'Priority of job aaaaaaaa' }))
  await app.user.click(await screen.findByRole('option', { name: '10' }))
  expect(await screen.findByText('The job has already started.')).toBeVisible()
})

test('dead letters are redriven', async () => {
  const app = await renderApp('/admin', { me, jobs })
  await app.user.click(await screen.findByRole('button', { name: 'Redrive' }))
  expect(await screen.findByText('1 message sent back to the queue')).toBeVisible()
})

test('an administrator sees that a job is not theirs, can cancel it there, and cannot retry it', async () => {
  const theirs = { ...failed, user_id: makeId(2) }
  const app = await renderApp(`/jobs/${running.id}`, { me, jobs: [running, theirs], videos: [] })
  expect(await screen.findByText('This job belongs to another account. You can see it because you are an administrator.')).toBeVisible()
  expect(await screen.findByRole('heading', { name: 'Job bbbbbbbb' })).toBeVisible()
  await app.user.click(screen.getByRole('button', { name: 'Cancel processing' }))
  await app.user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Cancel processing' }))
  await waitFor(() => expect(app.state.sent[0]?.route).toBe('admin/jobs'))
  await app.router.navigate({ to: '/jobs/$jobId', params: { jobId: theirs.id } })
  expect(await screen.findByRole('alert')).toHaveTextContent('no_video')
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull()
  // The video is not visible to administrators, so the only link leads back.
  await waitFor(() => expect(screen.queryByRole('link', { name: 'Go to video' })).toBeNull())
  expect(screen.queryByRole('link', { name: 'Go to my videos' })).toBeNull()
  expect(screen.getByRole('link', { name: 'Back to admin' })).toHaveAttribute('href', '/admin')
})

test('other users are redirected to their own videos', async () => {
  const app = await renderApp('/admin', { videos: [makeVideo(1)] })
  await waitFor(() => expect(app.path()).toBe('/my-videos'))
})

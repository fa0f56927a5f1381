import { http, HttpResponse } from 'msw'
import { makeId, makeJob, makeOffers, makeVideo } from './data'
import { missing, problem } from './problems'
import type { ApiState } from './state'

type Confirmation = { s3_key?: string; title: string }
type Order = { video_id: string; output_formats: string[]; replace: boolean }

/** Uploads and jobs. The store accepts everything. */
/** A 720p video, or a wide cinema film where its title says so. */
const sizeOf = (title: string) =>
  title.includes('scope')
    ? { width: 1920, height: 800, available_formats: makeOffers(['1080p', 1920, 800], ['720p', 1280, 534], ['480p', 854, 356]) }
    : { width: 1280, height: 720, available_formats: makeOffers(['720p', 1280, 720], ['480p', 854, 480]) }

export function workHandlers(state: ApiState) {
  const find = (id: string) => state.jobs.find((job) => job.id === id)
  return [
    http.post('*/api/storage/upload-url', () =>
      HttpResponse.json(
        { id: 'upload-1', s3_key: 'users/u/source.mp4', method: 'PUT', url: '/video-forge-storage/source.mp4', headers: {}, expires_at: '2026-11-18T09:15:00Z' },
        { status: 201 },
      ),
    ),
    http.put('*/video-forge-storage/*', () => new HttpResponse(null, { status: 200, headers: { ETag: '"1"' } })),
    http.get('*/api/storage/uploads', () => HttpResponse.json({ items: state.uploads, next_cursor: null })),
    http.delete<{ id: string }>('*/api/storage/uploads/:id', ({ params }) => {
      state.uploads = state.uploads.filter(({ id }) => id !== params.id)
      return new HttpResponse(null, { status: 204 })
    }),
    http.post<never, Confirmation>('*/api/upload/confirm', async ({ request }) => {
      const details = await request.json()
      delete details.s3_key
      state.sent.push({ route: 'confirm', body: details })
      if (details.title.includes('broken')) return problem(422, 'not_media', 'This file is not a video.')
      const video = makeVideo(100, { ...details, status: 'uploaded', renditions: [], ...sizeOf(details.title) })
      state.videos = [video, ...state.videos]
      return HttpResponse.json(video, { status: 201 })
    }),
    http.post<never, Order>('*/api/jobs', async ({ request }) => {
      const { video_id, output_formats, replace } = await request.json()
      state.sent.push({ route: 'jobs', body: { output_formats, replace, key: request.headers.get('Idempotency-Key') } })
      const job = makeJob({ id: makeId(600), video_id, output_formats, status: 'pending', phase: 'queued', progress_percent: 0, renditions: [] })
      state.jobs = [job, ...state.jobs]
      return HttpResponse.json(job, { status: 202 })
    }),
    http.get('*/api/jobs', ({ request }) => {
      const query = new URL(request.url).searchParams
      const [video, status] = [query.get('video_id'), query.get('status')]
      const items = state.jobs.filter((job) => (!video || job.video_id === video) && (!status || job.status === status))
      return HttpResponse.json({ items, next_cursor: null })
    }),
    http.get<{ id: string }>('*/api/jobs/:id', ({ params }) => {
      const job = find(params.id)
      return job ? HttpResponse.json(job) : missing('job')
    }),
    http.get('*/api/jobs/:id/events', () => new HttpResponse(null, { status: 204 })),
    http.post<{ id: string }>('*/api/jobs/:id/cancel', ({ params }) => {
      state.jobs = state.jobs.map((job) => (job.id === params.id ? { ...job, status: 'cancelled', phase: 'cancelled' } : job))
      return HttpResponse.json(find(params.id), { status: 202 })
    }),
    http.post<{ id: string }>('*/api/jobs/:id/retry', ({ params }) => {
      state.jobs = state.jobs.map((job) =>
        job.id === params.id ? { ...job, status: 'pending', phase: 'queued', progress_percent: 0, error: null, attempts: job.attempts + 1 } : job,
      )
      return HttpResponse.json(find(params.id), { status: 202 })
    }),
  ]
}

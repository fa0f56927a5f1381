import { http, HttpResponse } from 'msw'
import type { Video, Visibility } from '@/lib/api/models'
import { missing, problem, signedOut } from './problems'
import type { ApiState } from './state'

type Bulk = { ids: string[]; action: 'delete' | 'restore' | 'visibility'; visibility?: Visibility }

/** Cursors are offsets here; the page must treat them as opaque. */
function page(videos: readonly Video[], query: URLSearchParams) {
  const start = Number(query.get('cursor') ?? 0)
  const limit = Number(query.get('limit') ?? 20)
  const next = start + limit < videos.length ? String(start + limit) : null
  return HttpResponse.json({ items: videos.slice(start, start + limit), next_cursor: next })
}

function matches(video: Video, query: URLSearchParams): boolean {
  const words = (query.get('q') ?? '').toLowerCase()
  const tag = query.get('tag')
  const text = `${video.title} ${video.description} ${video.tags.join(' ')}`.toLowerCase()
  return text.includes(words) && (!tag || video.tags.includes(tag))
}

function sorted(videos: readonly Video[], sort: string): Video[] {
  const sign = sort.startsWith('-') ? -1 : 1
  const key = sort.replace('-', '')
  const value = (video: Video) => ({ title: video.title, duration: video.duration_seconds, views: video.views, created_at: video.created_at })[key] ?? ''
  return videos.toSorted((left, right) => (value(left) < value(right) ? -sign : value(left) > value(right) ? sign : 0))
}

export function videoHandlers(state: ApiState) {
  const change = (id: string, part: Partial<Video>) => {
    state.videos = state.videos.map((video) => (video.id === id ? { ...video, ...part } : video))
    return state.videos.find((video) => video.id === id)
  }
  const now = () => new Date().toISOString()
  return [
    http.get('*/api/gallery/videos', ({ request }) => {
      const query = new URL(request.url).searchParams
      const found = state.videos.filter((video) => video.visibility === 'public' && video.status === 'ready' && !video.deleted_at && matches(video, query))
      return page(sorted(found, query.get('sort') ?? '-created_at'), query)
    }),
    http.get('*/api/gallery/my-videos', ({ request }) => {
      if (!state.me) return signedOut()
      const query = new URL(request.url).searchParams
      const [status, visibility] = [query.get('status'), query.get('visibility')]
      const isTrash = query.get('deleted') === 'true'
      const found = state.videos.filter(
        (video) =>
          video.user_id === state.me?.id &&
          Boolean(video.deleted_at) === isTrash &&
          (!status || video.status === status) &&
          (!visibility || video.visibility === visibility) &&
          matches(video, query),
      )
      return page(sorted(found, query.get('sort') ?? '-created_at'), query)
    }),
    http.post<never, Bulk>('*/api/gallery/videos/bulk', async ({ request }) => {
      const body = await request.json()
      state.sent.push({ route: 'bulk', body })
      const part = { delete: { deleted_at: now() }, restore: { deleted_at: null }, visibility: body.visibility ? { visibility: body.visibility } : {} }[body.action]
      return HttpResponse.json({ results: body.ids.map((id) => ({ id, ok: Boolean(change(id, part)) })) })
    }),
    http.get<{ id: string }>('*/api/gallery/videos/:id', ({ params }) => {
      const video = state.videos.find(({ id, deleted_at }) => id === params.id && !deleted_at)
      return video ? HttpResponse.json(video) : missing('video')
    }),
    http.patch<{ id: string }, Partial<Video>>('*/api/gallery/videos/:id', async ({ params, request }) => {
      const body = await request.json()
      state.sent.push({ route: 'patch', body })
      const video = change(params.id, body)
      return video ? HttpResponse.json(video) : missing('video')
    }),
    http.delete<{ id: string }>('*/api/gallery/videos/:id', ({ params, request }) => {
      if (new URL(request.url).searchParams.get('purge') === 'true') state.videos = state.videos.filter(({ id }) => id !== params.id)
      else change(params.id, { deleted_at: now() })
      return new HttpResponse(null, { status: 204 })
    }),
    http.post<{ id: string }>('*/api/gallery/videos/:id/restore', ({ params }) => HttpResponse.json(change(params.id, { deleted_at: null }))),
    http.get<{ id: string }>('*/api/stream/:id', ({ params }) => {
      const video = state.videos.find(({ id }) => id === params.id)
      if (!video) return missing('video')
      if (!video.renditions.length && !video.playable_seconds) return problem(409, 'video_not_ready', 'There is nothing to play yet.')
      state.streamsAsked += 1
      const renditions = video.renditions.map((rendition) => ({ ...rendition, mp4_url: `/media/t/${rendition.format}.mp4` }))
      return HttpResponse.json({
        hls_url: '/media/t/master.m3u8',
        renditions,
        thumbnail_url: video.thumbnail_url,
        storyboard_url: null,
        captions: [],
        duration_seconds: video.duration_seconds,
        playable_seconds: video.playable_seconds,
        is_complete: video.renditions.length > 0,
        expires_at: state.streamEndsAt,
      })
    }),
    http.get('*/api/storage/download-url', () => HttpResponse.json({ url: '/media/t/source.mp4?download=1', expires_at: state.streamEndsAt })),
  ]
}

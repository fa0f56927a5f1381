/**
 * The in-memory API with sample data. The cookie `pretend` selects a scene; the part after a hyphen
 * makes a separate copy of it, unaffected by changes in the first.
 */
import { getResponse } from 'msw'
import { makeId, makeJob, makeMail, makeMe, makeUploadSummary, makeVideo } from './data'
import { buildHandlers } from './handlers'
import { makeState, type ApiState } from './state'

const TITLES = [
  'Big Buck Bunny',
  'Harbour at dawn, first take',
  'How we cast a bronze bell',
  'Quarterly review, November',
  'Snow on the high pass: a walk in winter that took far longer than we had planned',
  'Interview with a lens grinder',
  'Timelapse: scaffolding goes up',
  'Cello suite, rehearsal',
  'Forge welding for beginners',
  'Drone survey of the northern field',
  'A short history of the printing press',
  'Kitchen talk',
]

function makeScene(name: string): ApiState {
  const videos = Array.from({ length: name === 'many' ? 10_000 : 36 }, (_, index) =>
    makeVideo(index + 1, {
      title: TITLES[index % TITLES.length] ?? 'Film',
      description: index === 0 ? 'A large and lovable rabbit deals with three bullies.\n\nBig Buck Bunny, Blender Foundation, CC BY 3.0.' : '',
      tags: index % 3 === 0 ? ['animation', 'open film'] : ['work'],
      thumbnail_url: `/media/t/poster-${(index % 6) + 1}.jpg`,
      visibility: (['public', 'public', 'unlisted', 'private'] as const)[index % 4] ?? 'public',
      ...(index === 2 ? { status: 'processing', renditions: [] } : {}),
      ...(index === 6 ? { status: 'processing', renditions: [], playable_seconds: 130 } : {}),
      ...(index === 5 ? { status: 'failed', renditions: [] } : {}),
    }),
  )
  const jobs = [
    makeJob(),
    makeJob({ id: makeId(501), status: 'pending', phase: 'queued', progress_percent: 0, queue_position: 3, speed: null, eta_seconds: null, renditions: [], started_at: null }),
    makeJob({
      id: makeId(502),
      status: 'failed',
      phase: 'encoding',
      progress_percent: 61,
      speed: null,
      eta_seconds: null,
      error: { code: 'truncated_media', message: 'The file breaks off after 00:41 of 02:10.', retryable: false, hint: 'Export or copy the file again, then upload it.' },
    }),
    makeJob({ id: makeId(505), waiting_for: 'store', progress_percent: 43, speed: null, eta_seconds: null }),
    makeJob({ id: makeId(506), waiting_for: 'room', status: 'pending', phase: 'queued', progress_percent: 0, speed: null, eta_seconds: null, renditions: [], started_at: null }),
    makeJob({ id: makeId(504), status: 'cancelled', phase: 'cancelled', progress_percent: 27, speed: null, eta_seconds: null }),
    makeJob({
      id: makeId(503),
      status: 'completed',
      phase: 'completed',
      progress_percent: 100,
      speed: null,
      eta_seconds: null,
      completed_at: '2026-11-18T09:04:12Z',
      renditions: makeJob().renditions.map((rendition) => ({ ...rendition, progress_percent: 100, status: 'done' })),
    }),
  ]
  const [low, ...rest] = makeJob().renditions
  const early = { video_id: makeId(1007), playable_seconds: 130, processors: 3, eta_seconds: 300, eta_range_seconds: [240, 360] }
  if (low) jobs.push(makeJob({ id: makeId(507), ...early, renditions: [{ ...low, progress_percent: 100, status: 'done' }, ...rest] }))
  jobs.push(makeJob({ id: makeId(508), video_id: makeId(1003), progress_percent: 2, speed: null, eta_seconds: null, eta_range_seconds: null }))
  const hasSecondFactor = name === 'mfa' || name === 'old'
  const me = name === 'stranger' ? null : makeMe({ groups: ['user', 'admin'], mfa_enabled: hasSecondFactor, recovery_codes_left: hasSecondFactor ? 8 : 0 })
  const deleted_at = new Date(Date.now() - 5 * 3_600_000).toISOString()
  return makeState({
    me,
    videos: name === 'empty' ? [] : name === 'trash' ? videos.slice(0, 3).map((video) => ({ ...video, deleted_at })) : videos,
    jobs,
    uploads: name === 'unfinished' ? [makeUploadSummary()] : [],
    mails: name === 'empty' ? [] : [makeMail()],
    hasSecondFactor,
    isSignInOld: name === 'old',
  })
}

const HUES = [18, 205, 42, 150, 330, 265]

function drawPoster(number: number): Response {
  const hue = HUES[number - 1] ?? 0
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 90"><defs><linearGradient id="g" x2="0" y2="1">` +
    `<stop stop-color="hsl(${hue} 55% 68%)"/><stop offset="1" stop-color="hsl(${hue + 30} 50% 30%)"/></linearGradient></defs>` +
    `<rect width="160" height="90" fill="url(#g)"/><circle cx="${30 + number * 16}" cy="30" r="12" fill="hsl(${hue} 90% 86%)"/>` +
    `<path d="M0 90V62l34-20 30 22 38-30 58 38v18z" fill="hsl(${hue + 40} 40% 20%)"/></svg>`
  return new Response(svg, { headers: { 'Content-Type': 'image/svg+xml' } })
}

const scenes = new Map<string, ApiState>()

export async function answer(request: Request): Promise<Response | undefined> {
  const name = /pretend=([\w-]+)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? 'usual'
  const state = scenes.get(name) ?? makeScene(name.split('-')[0] ?? name)
  scenes.set(name, state)
  const poster = /poster-(\d)\.jpg$/.exec(new URL(request.url).pathname)?.[1]
  return poster ? drawPoster(Number(poster)) : await getResponse(buildHandlers(state), request)
}

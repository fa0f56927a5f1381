import { http, HttpResponse } from 'msw'
import type { Job } from '@/lib/api/models'
import { makeId, makeMail, makeUsage } from './data'
import { problem } from './problems'
import type { ApiState } from './state'

export function adminHandlers(state: ApiState) {
  const guarded = (body: object) => () =>
    state.me?.groups.includes('admin') ? HttpResponse.json(body) : problem(403, 'admin_only', 'Only administrators can do this.')
  const find = (id: string) => state.jobs.find((job) => job.id === id)
  const change = (id: string, values: Partial<Job>, status: number) => {
    state.jobs = state.jobs.map((job) => (job.id === id ? { ...job, ...values } : job))
    state.sent.push({ route: 'admin/jobs', body: { id, ...values } })
    return HttpResponse.json(find(id), { status })
  }
  const processor = { first_seen_at: '2026-11-18T07:00:00Z', last_seen_at: '2026-11-18T09:00:00Z', waiting_for: null, reasons: [], room_bytes: 40_000_000_000 }
  const queue = { visible: 3, in_flight: 2, dead: 1, pending_tasks: 3, running_tasks: 2, oldest_pending_seconds: 42, outbox_waiting: 0, dead_letters: {}, waiting_tasks: { store: 2 }, set_aside: { task: 1 }, set_aside_rows: [{ kind: 'task', row_id: '3f2c9a10-0000-4000-8000-000000000000', reason: 'The plan is not of this version.', times: 3, first_seen_at: '2026-11-30T08:00:00Z', last_seen_at: '2026-11-30T09:00:00Z' }], oldest_message_seconds: null }
  const stats = {
    users: 4,
    videos: 36,
    source_bytes: 2_400_000_000,
    rendition_bytes: 1_700_000_000,
    jobs: { completed: 31, failed: 2 },
    tasks: {},
    created_last_day: 12,
    completed_last_day: 11,
    failed_last_day: 1,
    mean_queue_seconds: 2.3,
    mean_encode_seconds: 94,
    failures: [
      { code: 'truncated_media', count: 12, last_at: '2026-11-18T08:40:00Z' },
      { code: 'no_video', count: 1, last_at: '2026-11-15T10:00:00Z' },
    ],
  }
  const tasks = {
    counts: { pending: 3, running: 2, done: 118, failed: 1, cancelled: 4 },
    items: [{ id: 'task-1', job_id: makeId(500), kind: 'encode', progress_percent: 43 }],
    next_cursor: null,
  }
  return [
    http.get('*/api/admin/queue', guarded(queue)),
    http.get('*/api/admin/stats', guarded(stats)),
    http.get('*/api/admin/usage', guarded(makeUsage({ stored_bytes: { used: 4_100_000_000, limit: null } }))),
    http.get('*/api/admin/tasks', guarded(tasks)),
    http.get('*/api/admin/processors', guarded({ items: [{ id: 'processor-1', ...processor, task_id: 'task-1' }, { id: makeId(2), ...processor, task_id: null }, { id: 'processor-3', ...processor, task_id: null, waiting_for: 'room', reasons: ['no_room'] }] })),
    http.get('*/api/admin/jobs', ({ request }) => {
      const status = new URL(request.url).searchParams.get('status')
      return guarded({ items: state.jobs.filter((job) => !status || job.status === status), next_cursor: null })()
    }),
    http.patch<{ id: string }, { priority: number }>('*/api/admin/jobs/:id', async ({ params, request }) => {
      const { priority } = await request.json()
      if (find(params.id)?.status !== 'pending') return problem(409, 'job_started', 'The job is processing.')
      return change(params.id, { priority }, 200)
    }),
    http.post<{ id: string }>('*/api/admin/jobs/:id/cancel', ({ params }) =>
      change(params.id, { status: 'cancelled', phase: 'cancelled', completed_at: '2026-11-18T09:05:00Z' }, 202),
    ),
    http.get('*/api/admin/mails', guarded({ items: state.mails, next_cursor: null })),
    http.get('*/api/admin/mails/:id', guarded({ ...makeMail(), text: 'Your code is 048213. It is good for one hour.' })),
    http.post('*/api/admin/dead-letters/redrive', guarded({ dead_letters: 1 })),
  ]
}

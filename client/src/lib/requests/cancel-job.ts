import { request } from '@/lib/api/request'

/** Cancels the user's own job, or with the admin route that of anyone. */
export function cancelJob(id: string, as: 'owner' | 'admin' = 'owner') {
  const path = as === 'admin' ? '/api/admin/jobs/{job_id}/cancel' : '/api/jobs/{job_id}/cancel'
  return request('post', path, { params: { path: { job_id: id } } })
}

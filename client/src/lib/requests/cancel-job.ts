import { request } from '@/lib/api/request'

/** Stops one's own job, or as an administrator anybody's, which has an address of its own. */
export function cancelJob(id: string, as: 'owner' | 'admin' = 'owner') {
  const path = as === 'admin' ? '/api/admin/jobs/{job_id}/cancel' : '/api/jobs/{job_id}/cancel'
  return request('post', path, { params: { path: { job_id: id } } })
}

import { request } from '@/lib/api/request'
import type { Redrive } from '@/lib/api/models'

/** Sends again what the queue gave up on. */
export function redriveDeadLetters(): Promise<Redrive> {
  return request('/admin/dead-letters/redrive', { method: 'POST', body: {} })
}

import { request } from '@/lib/api/request'

/** Sends again what the queue gave up on. */
export function redriveDeadLetters() {
  return request('post', '/api/admin/dead-letters/redrive')
}

import { request } from '@/lib/api/request'

/** Sends the tasks of all dead letters to the queue again. */
export function redriveDeadLetters() {
  return request('post', '/api/admin/dead-letters/redrive')
}

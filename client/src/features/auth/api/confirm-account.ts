import { request } from '@/lib/api/request'

export function confirmAccount(given: { email: string; code: string }) {
  return request('post', '/api/auth/confirm', { body: given })
}

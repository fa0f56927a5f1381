import { request } from '@/lib/api/request'

export function resetPassword(given: { email: string; code: string; new_password: string }) {
  return request('post', '/api/auth/reset-password', { body: given })
}

import { request } from '@/lib/api/request'

/** The API signs in again with the new password, so the session cookie changes. */
export function changePassword(given: { current_password: string; new_password: string }) {
  return request('post', '/api/auth/change-password', { body: given })
}

import { request } from '@/lib/api/request'

/** The API signs in anew with it: the cookie is another one afterwards. */
export function changePassword(given: { current_password: string; new_password: string }) {
  return request('post', '/api/auth/change-password', { body: given })
}

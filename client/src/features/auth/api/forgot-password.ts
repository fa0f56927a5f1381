import { request } from '@/lib/api/request'

/** Answers alike whether there is such an account or not. */
export function forgotPassword(given: { email: string }) {
  return request('post', '/api/auth/forgot-password', { body: given })
}

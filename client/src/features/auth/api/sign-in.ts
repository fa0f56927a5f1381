import { request } from '@/lib/api/request'

/**
 * The session is a cookie; the page gets no token. With two-factor authentication the answer is a
 * challenge.
 */
export function signIn(given: { email: string; password: string }) {
  return request('post', '/api/auth/login', { body: given })
}

import { request } from '@/lib/api/request'

/** `confirmed` is true where no email is sent: the account can sign in at once. */
export function register(given: { email: string; password: string }) {
  return request('post', '/api/auth/register', { body: given })
}

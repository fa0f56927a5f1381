import { request } from '@/lib/api/request'

/** `confirmed` is true where no mail leaves: the account can sign in at once. */
export function register(given: { email: string; password: string }): Promise<{ user_id: string; confirmed: boolean }> {
  return request('/auth/register', { method: 'POST', body: given })
}

import { request } from '@/lib/api/request'

/** Answers alike whether there is such an account or not. */
export function forgotPassword(given: { email: string }): Promise<void> {
  return request('/auth/forgot-password', { method: 'POST', body: given })
}

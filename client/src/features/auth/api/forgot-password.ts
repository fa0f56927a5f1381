import { request } from '@/lib/api/request'

/** The answer is the same whether the account exists or not. */
export function forgotPassword(given: { email: string }) {
  return request('post', '/api/auth/forgot-password', { body: given })
}

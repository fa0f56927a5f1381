import { request } from '@/lib/api/request'

export function resendCode(given: { email: string }) {
  return request('post', '/api/auth/resend-code', { body: given })
}

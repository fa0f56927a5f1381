import { request } from '@/lib/api/request'

export function resendCode(given: { email: string }): Promise<void> {
  return request('/auth/resend-code', { method: 'POST', body: given })
}

import { request } from '@/lib/api/request'

export function resetPassword(given: { email: string; code: string; new_password: string }): Promise<void> {
  return request('/auth/reset-password', { method: 'POST', body: given })
}

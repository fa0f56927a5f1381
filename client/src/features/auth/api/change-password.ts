import { request } from '@/lib/api/request'

export function changePassword(given: { current_password: string; new_password: string }): Promise<void> {
  return request('/auth/change-password', { method: 'POST', body: given })
}

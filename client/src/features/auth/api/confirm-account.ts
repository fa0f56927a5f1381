import { request } from '@/lib/api/request'

export function confirmAccount(given: { email: string; code: string }): Promise<void> {
  return request('/auth/confirm', { method: 'POST', body: given })
}

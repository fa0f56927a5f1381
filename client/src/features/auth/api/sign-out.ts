import { request } from '@/lib/api/request'

export function signOut(): Promise<void> {
  return request('/auth/logout', { method: 'POST', body: {} })
}

import { request } from '@/lib/api/request'

export function signOut() {
  return request('post', '/api/auth/logout', { body: {} })
}

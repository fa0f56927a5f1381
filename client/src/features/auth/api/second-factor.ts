import { request } from '@/lib/api/request'

export function setUpSecondFactor() {
  return request('post', '/api/auth/mfa/setup')
}

export function verifySecondFactor(code: string) {
  return request('post', '/api/auth/mfa/verify', { body: { code } })
}

export function dropSecondFactor() {
  return request('delete', '/api/auth/mfa')
}

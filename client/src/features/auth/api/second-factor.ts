import { request } from '@/lib/api/request'

/**
 * A code from the app or a recovery code, and the password where the API asks for it because the
 * sign-in is too old.
 */
export interface Proof {
  code: string
  password?: string
}

export function setUpSecondFactor(password?: string) {
  return request('post', '/api/auth/mfa/setup', { body: password ? { password } : {} })
}

export function verifySecondFactor(code: string) {
  return request('post', '/api/auth/mfa/verify', { body: { code } })
}

export function renewRecoveryCodes(proof: Proof) {
  return request('post', '/api/auth/mfa/recovery-codes', { body: proof })
}

export function dropSecondFactor(proof: Proof) {
  return request('post', '/api/auth/mfa/disable', { body: proof })
}

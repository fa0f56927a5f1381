import { request } from '@/lib/api/request'

/** A code of the app or a recovery code; the password where the API asks for it, of an old sign-in. */
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

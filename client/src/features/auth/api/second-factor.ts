import { request } from '@/lib/api/request'

export interface FactorSecret {
  secret: string
  otpauth_url: string
}

export function setUpSecondFactor(): Promise<FactorSecret> {
  return request('/auth/mfa/setup', { method: 'POST', body: {} })
}

export function verifySecondFactor(code: string): Promise<void> {
  return request('/auth/mfa/verify', { method: 'POST', body: { code } })
}

export function dropSecondFactor(): Promise<void> {
  return request('/auth/mfa', { method: 'DELETE' })
}

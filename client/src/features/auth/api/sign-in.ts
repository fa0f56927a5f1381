import { request } from '@/lib/api/request'
import type { User } from '@/lib/api/models'

export interface SignedIn {
  user: User
  expires_in: number
}

export interface Challenge {
  challenge: 'SOFTWARE_TOKEN_MFA'
  session: string
}

/** The session is a cookie; the page gets no token. With a second factor the answer is a challenge. */
export function signIn(given: { email: string; password: string }): Promise<SignedIn | Challenge> {
  return request('/auth/login', { method: 'POST', body: given })
}

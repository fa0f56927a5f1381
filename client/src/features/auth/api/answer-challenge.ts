import { request } from '@/lib/api/request'
import type { SignedIn } from './sign-in'

export function answerChallenge(given: { email: string; session: string; code: string }): Promise<SignedIn> {
  return request('/auth/mfa', { method: 'POST', body: given })
}

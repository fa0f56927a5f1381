import { request } from '@/lib/api/request'

export function answerChallenge(given: { email: string; session: string; code?: string; recovery_code?: string }) {
  return request('post', '/api/auth/mfa', { body: given })
}

import { http, HttpResponse } from 'msw'
import { CODE, makeMe, PASSWORD, RECOVERY_CODES } from './data'
import { problem } from './problems'
import type { ApiState } from './state'

const empty = () => new HttpResponse(null, { status: 204 })

export function authHandlers(state: ApiState) {
  const enter = (email: string) => {
    state.me = state.people.find((person) => person.email === email) ?? makeMe({ email, mfa_enabled: state.hasSecondFactor })
    return HttpResponse.json({ expires_in: 3600, user: state.me })
  }
  const wrongCode = () => problem(422, 'code_mismatch', 'The code is wrong.', { errors: [{ field: 'code', message: 'This code is wrong.' }] })
  const refuseOld = (password: string | undefined) => {
    if (!state.isSignInOld || password === PASSWORD) return null
    if (password === undefined) return problem(403, 'reauthentication_needed', 'This sign-in is too old for this action.')
    return problem(422, 'wrong_password', 'The current password is wrong.', { errors: [{ field: 'password', message: 'This is not the current password.' }] })
  }
  return [
    http.get('*/api/auth/session', () => HttpResponse.json({ user: state.me })),
    http.post<never, { email: string; password: string }>('*/api/auth/login', async ({ request }) => {
      const { email, password } = await request.json()
      if (request.headers.get('X-VideoForge-Client') !== 'web') return problem(403, 'csrf_refused', 'The header is missing.')
      if (email.startsWith('new@')) return problem(403, 'user_not_confirmed', 'Not confirmed.')
      if (password !== PASSWORD) return problem(401, 'invalid_credentials', 'Wrong email or password.')
      return state.hasSecondFactor ? HttpResponse.json({ challenge: 'SOFTWARE_TOKEN_MFA', session: 's-1' }) : enter(email)
    }),
    http.post<never, { email: string; code?: string; recovery_code?: string }>('*/api/auth/mfa', async ({ request }) => {
      const { email, code, recovery_code } = await request.json()
      const plain = recovery_code?.toUpperCase().replaceAll(' ', '-')
      return code === CODE || plain === RECOVERY_CODES[0] ? enter(email) : wrongCode()
    }),
    http.post<never, { email: string }>('*/api/auth/register', async ({ request }) => {
      const { email } = await request.json()
      if (email.startsWith('taken@')) return problem(409, 'email_taken', 'An account with this email already exists.')
      return HttpResponse.json({ user_id: 'u', confirmed: state.autoConfirm }, { status: 201 })
    }),
    http.post<never, { code: string }>('*/api/auth/confirm', async ({ request }) => ((await request.json()).code === CODE ? empty() : wrongCode())),
    http.post('*/api/auth/resend-code', empty),
    http.post('*/api/auth/forgot-password', empty),
    http.post<never, { code: string }>('*/api/auth/reset-password', async ({ request }) => ((await request.json()).code === CODE ? empty() : wrongCode())),
    http.post<never, { current_password: string }>('*/api/auth/change-password', async ({ request }) => {
      const { current_password } = await request.json()
      if (current_password === PASSWORD) return empty()
      return problem(422, 'wrong_password', 'The current password is wrong.', {
        errors: [{ field: 'current_password', message: 'This is not the current password.' }],
      })
    }),
    http.post('*/api/auth/logout', () => {
      state.me = null
      return empty()
    }),
    http.post<never, { password?: string }>('*/api/auth/mfa/setup', async ({ request }) => {
      const refusal = refuseOld((await request.json()).password)
      if (refusal) return refusal
      return HttpResponse.json({ secret: 'JBSWY3DPEHPK3PXP', otpauth_url: 'otpauth://totp/VideoForge:ada@example.com?secret=JBSWY3DPEHPK3PXP&issuer=VideoForge' })
    }),
    http.post<never, { code: string }>('*/api/auth/mfa/verify', async ({ request }) => {
      if ((await request.json()).code !== CODE) return wrongCode()
      if (state.me) state.me = { ...state.me, mfa_enabled: true, recovery_codes_left: RECOVERY_CODES.length }
      return HttpResponse.json({ recovery_codes: RECOVERY_CODES })
    }),
    http.post<never, { code: string; password?: string }>('*/api/auth/mfa/recovery-codes', async ({ request }) => {
      const { code, password } = await request.json()
      const refusal = refuseOld(password) ?? (code === CODE || code === RECOVERY_CODES[0] ? null : wrongCode())
      return refusal ?? HttpResponse.json({ recovery_codes: ['NEW1-NEW2-NEW3'] })
    }),
    http.post<never, { code: string; password?: string }>('*/api/auth/mfa/disable', async ({ request }) => {
      const { code, password } = await request.json()
      const refusal = refuseOld(password) ?? (code === CODE || code === RECOVERY_CODES[0] ? null : wrongCode())
      if (!refusal && state.me) state.me = { ...state.me, mfa_enabled: false, recovery_codes_left: 0 }
      return refusal ?? empty()
    }),
    http.get('*/api/storage/usage', () => HttpResponse.json(state.usage)),
    http.get('*/api/auth/sessions', () => HttpResponse.json({ items: state.sessions, next_cursor: null })),
    http.delete<{ id: string }>('*/api/auth/sessions/:id', ({ params }) => {
      state.sessions = state.sessions.filter((session) => session.id !== params.id)
      return empty()
    }),
  ]
}

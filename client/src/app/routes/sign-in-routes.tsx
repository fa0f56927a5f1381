import { useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { AuthFrame, linkLook } from '@/features/auth/components/auth-frame'
import { ChallengeForm } from '@/features/auth/components/challenge-form'
import { ConfirmForm } from '@/features/auth/components/confirm-form'
import { LoginForm } from '@/features/auth/components/login-form'
import { RegisterForm } from '@/features/auth/components/register-form'
import { getConfig } from '@/lib/config'
import { meQuery } from '@/lib/session'
import { toast } from '@/lib/toast'
import { usePageTitle } from '@/lib/use-page-title'
import { useProblemText } from '@/lib/use-problem-text'

const loginApi = getRouteApi('/shell/login')
const registerApi = getRouteApi('/shell/register')
const confirmApi = getRouteApi('/shell/confirm')

/** Asks the API who is signed in now. The app is then rebuilt, and these pages redirect. */
function useEnter(): () => void {
  const queryClient = useQueryClient()
  const problemText = useProblemText()
  return () => void queryClient.fetchQuery({ ...meQuery, staleTime: 0 }).catch((error: unknown) => toast.error({ title: problemText(error).title }))
}

export function LoginRoute() {
  const { t } = useTranslation('auth')
  const { next, ended, email } = loginApi.useSearch()
  const navigate = useNavigate()
  const enter = useEnter()
  const [challenge, setChallenge] = useState<{ email: string; session: string } | null>(null)
  usePageTitle(t('login.action'))
  if (challenge) {
    return (
      <AuthFrame title={t('mfa.title')} text={t('mfa.text')}>
        <ChallengeForm {...challenge} onSignedIn={enter} onBack={() => setChallenge(null)} />
      </AuthFrame>
    )
  }
  const footer = getConfig().sign_up && (
    <>
      {t('login.no_account')}{' '}
      <Link to="/register" search={{ next }} className={linkLook}>
        {t('login.register')}
      </Link>
    </>
  )
  return (
    <AuthFrame title={t('login.title')} text={ended ? t('login.ended') : t('login.text')} footer={footer}>
      <LoginForm
        email={email}
        onSignedIn={enter}
        onChallenge={setChallenge}
        onUnconfirmed={(address) => void navigate({ to: '/confirm', search: { email: address, next } })}
        forgotLink={(address) => (
          <Link to="/forgot-password" search={address ? { email: address } : {}} className={linkLook}>
            {t('login.forgot')}
          </Link>
        )}
      />
    </AuthFrame>
  )
}

export function RegisterRoute() {
  const { t } = useTranslation('auth')
  const { next } = registerApi.useSearch()
  const navigate = useNavigate()
  const enter = useEnter()
  usePageTitle(t('register.action'))
  const footer = (
    <>
      {t('register.have_account')}{' '}
      <Link to="/login" search={{ next }} className={linkLook}>
        {t('login.action')}
      </Link>
    </>
  )
  return (
    <AuthFrame title={t('register.title')} text={getConfig().sign_up ? t('register.text') : t('register.closed')} footer={footer}>
      {getConfig().sign_up && (
        <RegisterForm onSignedIn={enter} onUnconfirmed={(email) => void navigate({ to: '/confirm', search: { email, next } })} />
      )}
    </AuthFrame>
  )
}

export function ConfirmRoute() {
  const { t } = useTranslation('auth')
  const { email, next } = confirmApi.useSearch()
  const navigate = useNavigate()
  usePageTitle(t('confirm.action'))
  const leave = (address: string) => {
    toast.done({ title: t('confirm.done') })
    void navigate({ to: '/login', search: { email: address, next } })
  }
  return (
    <AuthFrame title={t('confirm.title')} text={email ? t('confirm.text', { email }) : t('confirm.text_no_email')}>
      <ConfirmForm email={email} onConfirmed={leave} />
    </AuthFrame>
  )
}

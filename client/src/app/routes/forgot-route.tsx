import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { AuthFrame } from '@/features/auth/components/auth-frame'
import { ForgotForm } from '@/features/auth/components/forgot-form'
import { ResetForm } from '@/features/auth/components/reset-form'
import { toast } from '@/lib/toast'
import { usePageTitle } from '@/lib/use-page-title'

const forgotApi = getRouteApi('/shell/forgot-password')

export function ForgotRoute() {
  const { t } = useTranslation('auth')
  const { email } = forgotApi.useSearch()
  const navigate = useNavigate()
  const [sentTo, setSentTo] = useState<string | null>(null)
  usePageTitle(t('forgot.title'))
  const leave = () => {
    toast.done({ title: t('reset.done') })
    void navigate({ to: '/login', search: { email: sentTo ?? undefined } })
  }
  if (sentTo !== null) {
    return (
      <AuthFrame title={t('reset.title')} text={t('reset.text', { email: sentTo })}>
        <ResetForm email={sentTo} onReset={leave} />
      </AuthFrame>
    )
  }
  return (
    <AuthFrame title={t('forgot.title')} text={t('forgot.text')}>
      <ForgotForm email={email} onSent={setSentTo} />
    </AuthFrame>
  )
}

import { zodResolver } from '@hookform/resolvers/zod'
import { useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { z } from 'zod'
import { Button } from '@/components/button'
import { PasswordField } from '@/components/password-field'
import { oldPasswordRule } from '../schemas'

/** Asks for the password before two-factor setup when the sign-in is too old. */
export function PasswordFirst({ isWrong, onGiven }: { isWrong: boolean; onGiven: (password: string) => void }) {
  const { t } = useTranslation(['auth', 'problems'])
  const form = useForm({ resolver: zodResolver(z.object({ password: oldPasswordRule(t) })), defaultValues: { password: '' } })
  const { isSubmitted, errors } = form.formState
  const wrong = isWrong && !isSubmitted ? t('problems:wrong_password.title') : undefined
  return (
    <form noValidate onSubmit={(event) => void form.handleSubmit(({ password }) => onGiven(password))(event)} className="flex flex-col gap-4">
      <p className="text-sm text-ink-soft">{t('auth:account.mfa_password_first')}</p>
      <PasswordField label={t('auth:password')} autoComplete="current-password" {...form.register('password')} error={errors.password?.message ?? wrong} />
      <Button look="primary" type="submit">
        {t('auth:account.mfa_go_on')}
      </Button>
    </form>
  )
}

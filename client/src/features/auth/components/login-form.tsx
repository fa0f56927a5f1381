import { zodResolver } from '@hookform/resolvers/zod'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { z } from 'zod'
import { Button } from '@/components/button'
import { PasswordField } from '@/components/password-field'
import { ProblemNotice } from '@/components/problem-notice'
import { TextField } from '@/components/text-field'
import { isProblem } from '@/lib/api/problem'
import { signIn } from '../api/sign-in'
import { emailRule, oldPasswordRule } from '../schemas'

interface LoginFormProps {
  email?: string | undefined
  forgotLink: (email: string) => ReactNode
  onSignedIn: () => void
  onChallenge: (challenge: { email: string; session: string }) => void
  onUnconfirmed: (email: string) => void
}

export function LoginForm({ email = '', forgotLink, onSignedIn, onChallenge, onUnconfirmed }: LoginFormProps) {
  const { t } = useTranslation('auth')
  const schema = z.object({ email: emailRule(t), password: oldPasswordRule(t) })
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { email, password: '' } })
  const login = useMutation({
    mutationFn: signIn,
    onSuccess: (answer, given) =>
      'challenge' in answer ? onChallenge({ email: given.email, session: answer.session }) : onSignedIn(),
    onError: (error, given) => {
      if (isProblem(error, 'user_not_confirmed')) onUnconfirmed(given.email)
      else form.setFocus('password')
    },
  })
  const { errors } = form.formState
  return (
    <form noValidate onSubmit={(event) => void form.handleSubmit((given) => login.mutate(given))(event)} className="flex flex-col gap-4">
      {login.isError && <ProblemNotice error={login.error} />}
      <TextField label={t('email')} type="email" autoComplete="username" {...form.register('email')} error={errors.email?.message} />
      <PasswordField label={t('password')} autoComplete="current-password" {...form.register('password')} error={errors.password?.message} />
      <p className="-mt-1 text-sm">{forgotLink(form.watch('email'))}</p>
      <Button look="primary" size="large" type="submit" isBusy={login.isPending}>
        {t('login.action')}
      </Button>
    </form>
  )
}

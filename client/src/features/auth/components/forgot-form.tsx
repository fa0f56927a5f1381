import { zodResolver } from '@hookform/resolvers/zod'
import { useMutation } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { z } from 'zod'
import { Button } from '@/components/button'
import { ProblemNotice } from '@/components/problem-notice'
import { TextField } from '@/components/text-field'
import { forgotPassword } from '../api/forgot-password'
import { emailRule } from '../schemas'

export function ForgotForm({ email = '', onSent }: { email?: string | undefined; onSent: (email: string) => void }) {
  const { t } = useTranslation('auth')
  const form = useForm({ resolver: zodResolver(z.object({ email: emailRule(t) })), defaultValues: { email } })
  const send = useMutation({ mutationFn: forgotPassword, onSuccess: (_nothing, given) => onSent(given.email) })
  return (
    <form noValidate onSubmit={(event) => void form.handleSubmit((given) => send.mutate(given))(event)} className="flex flex-col gap-4">
      {send.isError && <ProblemNotice error={send.error} />}
      <TextField label={t('email')} type="email" autoComplete="username" {...form.register('email')} error={form.formState.errors.email?.message} />
      <Button look="primary" size="large" type="submit" isBusy={send.isPending}>
        {t('forgot.action')}
      </Button>
      <Button look="ghost" onClick={() => void form.handleSubmit((given) => onSent(given.email))()}>
        {t('forgot.have_code')}
      </Button>
    </form>
  )
}

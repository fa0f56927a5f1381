import { zodResolver } from '@hookform/resolvers/zod'
import { useMutation } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { z } from 'zod'
import { Button } from '@/components/button'
import { CodeField } from '@/components/code-field'
import { ProblemNotice } from '@/components/problem-notice'
import { TextField } from '@/components/text-field'
import { putOnFields } from '@/lib/form-problems'
import { toast } from '@/lib/toast'
import { confirmAccount } from '../api/confirm-account'
import { resendCode } from '../api/resend-code'
import { codeRule, emailRule } from '../schemas'

export function ConfirmForm({ email = '', onConfirmed }: { email?: string | undefined; onConfirmed: (email: string) => void }) {
  const { t } = useTranslation('auth')
  const schema = z.object({ email: emailRule(t), code: codeRule(t) })
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { email, code: '' } })
  const confirm = useMutation({
    mutationFn: confirmAccount,
    onSuccess: (_nothing, given) => onConfirmed(given.email),
    onError: (error) => putOnFields(form, error),
  })
  const resend = useMutation({ mutationFn: resendCode, onSuccess: () => toast.done({ title: t('confirm.resent') }) })
  const { errors } = form.formState
  const error = confirm.error ?? resend.error
  return (
    <form noValidate onSubmit={(event) => void form.handleSubmit((given) => confirm.mutate(given))(event)} className="flex flex-col gap-4">
      {error && <ProblemNotice error={error} />}
      {!email && <TextField label={t('email')} type="email" autoComplete="email" {...form.register('email')} error={errors.email?.message} />}
      <CodeField label={t('code')} {...form.register('code')} error={errors.code?.message} />
      <Button look="primary" size="large" type="submit" isBusy={confirm.isPending}>
        {t('confirm.action')}
      </Button>
      <Button look="ghost" isBusy={resend.isPending} onClick={() => resend.mutate({ email: form.getValues('email') })}>
        {t('confirm.resend')}
      </Button>
    </form>
  )
}

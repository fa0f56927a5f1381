import { zodResolver } from '@hookform/resolvers/zod'
import { useMutation } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { z } from 'zod'
import { Button } from '@/components/button'
import { CodeField } from '@/components/code-field'
import { PasswordField } from '@/components/password-field'
import { ProblemNotice } from '@/components/problem-notice'
import { putOnFields } from '@/lib/form-problems'
import { toast } from '@/lib/toast'
import { forgotPassword } from '../api/forgot-password'
import { resetPassword } from '../api/reset-password'
import { codeRule, newPasswordRule } from '../schemas'
import { PasswordRulesList } from './password-rules-list'

export function ResetForm({ email, onReset }: { email: string; onReset: () => void }) {
  const { t } = useTranslation('auth')
  const schema = z.object({ code: codeRule(t), new_password: newPasswordRule(t) })
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { code: '', new_password: '' } })
  const reset = useMutation({
    mutationFn: (given: z.infer<typeof schema>) => resetPassword({ email, ...given }),
    onSuccess: onReset,
    onError: (error) => putOnFields(form, error),
  })
  const resend = useMutation({ mutationFn: () => forgotPassword({ email }), onSuccess: () => toast.done({ title: t('reset.resent') }) })
  const { errors } = form.formState
  const error = reset.error ?? resend.error
  return (
    <form noValidate onSubmit={(event) => void form.handleSubmit((given) => reset.mutate(given))(event)} className="flex flex-col gap-4">
      {error && <ProblemNotice error={error} />}
      <input type="hidden" autoComplete="username" value={email} readOnly />
      <CodeField label={t('code')} {...form.register('code')} error={errors.code?.message} />
      <PasswordField label={t('reset.new_password')} autoComplete="new-password" {...form.register('new_password')} error={errors.new_password?.message} />
      <PasswordRulesList password={form.watch('new_password')} />
      <Button look="primary" size="large" type="submit" isBusy={reset.isPending}>
        {t('reset.action')}
      </Button>
      <Button look="ghost" isBusy={resend.isPending} onClick={() => resend.mutate()}>
        {t('reset.resend')}
      </Button>
    </form>
  )
}

import { zodResolver } from '@hookform/resolvers/zod'
import { useMutation } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { z } from 'zod'
import { Button } from '@/components/button'
import { Card, CardTitle } from '@/components/card'
import { PasswordField } from '@/components/password-field'
import { ProblemNotice } from '@/components/problem-notice'
import { putOnFields } from '@/lib/form-problems'
import { toast } from '@/lib/toast'
import { changePassword } from '../api/change-password'
import { newPasswordRule, oldPasswordRule } from '../schemas'
import { PasswordRulesList } from './password-rules-list'

export function PasswordCard({ email }: { email: string }) {
  const { t } = useTranslation('auth')
  const schema = z.object({ current_password: oldPasswordRule(t), new_password: newPasswordRule(t) })
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { current_password: '', new_password: '' } })
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      form.reset()
      toast.done({ title: t('account.password_changed') })
    },
    onError: (error) => putOnFields(form, error),
  })
  const { errors } = form.formState
  return (
    <Card>
      <CardTitle>{t('account.password')}</CardTitle>
      <form noValidate onSubmit={(event) => void form.handleSubmit((given) => change.mutate(given))(event)} className="mt-4 flex flex-col gap-4">
        {change.isError && <ProblemNotice error={change.error} />}
        <input type="hidden" autoComplete="username" value={email} readOnly />
        <PasswordField
          label={t('account.current_password')}
          autoComplete="current-password"
          {...form.register('current_password')}
          error={errors.current_password?.message}
        />
        <PasswordField label={t('reset.new_password')} autoComplete="new-password" {...form.register('new_password')} error={errors.new_password?.message} />
        {form.watch('new_password') && <PasswordRulesList password={form.watch('new_password')} />}
        <Button type="submit" className="self-start" isBusy={change.isPending}>
          {t('account.change_password')}
        </Button>
      </form>
    </Card>
  )
}

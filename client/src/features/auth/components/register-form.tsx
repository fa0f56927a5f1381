import { zodResolver } from '@hookform/resolvers/zod'
import { useMutation } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { z } from 'zod'
import { Button } from '@/components/button'
import { PasswordField } from '@/components/password-field'
import { ProblemNotice } from '@/components/problem-notice'
import { TextField } from '@/components/text-field'
import { register } from '../api/register'
import { signIn } from '../api/sign-in'
import { emailRule, newPasswordRule } from '../schemas'
import { PasswordRulesList } from './password-rules-list'

interface RegisterFormProps {
  onSignedIn: () => void
  onUnconfirmed: (email: string) => void
}

/** Where accounts are confirmed at once, the new user is signed in right away. */
export function RegisterForm({ onSignedIn, onUnconfirmed }: RegisterFormProps) {
  const { t } = useTranslation('auth')
  const schema = z.object({ email: emailRule(t), password: newPasswordRule(t) })
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { email: '', password: '' } })
  const create = useMutation({
    mutationFn: async (given: { email: string; password: string }) => {
      const { confirmed } = await register(given)
      if (confirmed) await signIn(given)
      return confirmed
    },
    onSuccess: (confirmed, given) => (confirmed ? onSignedIn() : onUnconfirmed(given.email)),
  })
  const { errors } = form.formState
  return (
    <form noValidate onSubmit={(event) => void form.handleSubmit((given) => create.mutate(given))(event)} className="flex flex-col gap-4">
      {create.isError && <ProblemNotice error={create.error} />}
      <TextField label={t('email')} type="email" autoComplete="email" {...form.register('email')} error={errors.email?.message} />
      <PasswordField label={t('password')} autoComplete="new-password" {...form.register('password')} error={errors.password?.message} />
      <PasswordRulesList password={form.watch('password')} />
      <Button look="primary" size="large" type="submit" isBusy={create.isPending}>
        {t('register.action')}
      </Button>
    </form>
  )
}

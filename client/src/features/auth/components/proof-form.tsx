import { zodResolver } from '@hookform/resolvers/zod'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { z } from 'zod'
import { Button } from '@/components/button'
import { PasswordField } from '@/components/password-field'
import { ProblemNotice } from '@/components/problem-notice'
import { TextField } from '@/components/text-field'
import { isProblem } from '@/lib/api/problem'
import { putOnFields } from '@/lib/form-problems'
import type { Proof } from '../api/second-factor'
import { anyCodeRule } from '../schemas'

interface ProofFormProps<T> {
  action: string
  look: 'primary' | 'danger'
  send: (proof: Proof) => Promise<T>
  onDone: (answer: T) => void
}

/** Asks for a code, and for the password once the API says that the sign-in is too old. */
export function ProofForm<T>({ action, look, send, onDone }: ProofFormProps<T>) {
  const { t } = useTranslation('auth')
  const form = useForm({ resolver: zodResolver(z.object({ code: anyCodeRule(t), password: z.string() })), defaultValues: { code: '', password: '' } })
  const [asksPassword, setAsksPassword] = useState(false)
  const prove = useMutation({
    mutationFn: send,
    onSuccess: onDone,
    onError: (error) => {
      if (isProblem(error, 'reauthentication_needed')) setAsksPassword(true)
      putOnFields(form, error)
    },
  })
  const { errors } = form.formState
  return (
    <form
      noValidate
      onSubmit={(event) => void form.handleSubmit(({ code, password }) => prove.mutate(password ? { code, password } : { code }))(event)}
      className="flex flex-col gap-4"
    >
      {prove.isError && !isProblem(prove.error, 'reauthentication_needed') && <ProblemNotice error={prove.error} />}
      <TextField label={t('account.mfa_any_code')} autoComplete="one-time-code" spellCheck={false} {...form.register('code')} error={errors.code?.message} />
      {asksPassword && (
        <>
          <p role="status" className="text-sm text-ink-soft">
            {t('account.mfa_password_text')}
          </p>
          <PasswordField label={t('password')} autoComplete="current-password" {...form.register('password')} error={errors.password?.message} />
        </>
      )}
      <Button look={look} type="submit" isBusy={prove.isPending}>
        {action}
      </Button>
    </form>
  )
}

import { zodResolver } from '@hookform/resolvers/zod'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { z } from 'zod'
import { Button } from '@/components/button'
import { CodeField } from '@/components/code-field'
import { CopyButton } from '@/components/copy-button'
import { ProblemNotice } from '@/components/problem-notice'
import { Skeleton } from '@/components/skeleton'
import { isProblem } from '@/lib/api/problem'
import { putOnFields } from '@/lib/form-problems'
import { setUpSecondFactor, verifySecondFactor } from '../api/second-factor'
import { codeRule } from '../schemas'
import { PasswordFirst } from './password-first'
import { QrCode } from './qr-code'

/**
 * Requests a secret when shown, and enables two-factor authentication with the first correct code.
 */
export function SecondFactorSetup({ onDone }: { onDone: (recoveryCodes: readonly string[]) => void }) {
  const { t } = useTranslation('auth')
  const [given, setGiven] = useState({ password: '', count: 0 })
  const secret = useQuery({
    queryKey: ['mfa-secret', given.count], // the password itself is no name for anything
    queryFn: () => setUpSecondFactor(given.password),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  })
  const form = useForm({ resolver: zodResolver(z.object({ code: codeRule(t) })), defaultValues: { code: '' } })
  const verify = useMutation({ mutationFn: verifySecondFactor, onSuccess: (made) => onDone(made.recovery_codes), onError: (error) => putOnFields(form, error) })
  if (isProblem(secret.error, 'reauthentication_needed') || isProblem(secret.error, 'wrong_password')) {
    return <PasswordFirst isWrong={given.count > 0} onGiven={(password) => setGiven({ password, count: given.count + 1 })} />
  }
  if (secret.isError) return <ProblemNotice error={secret.error} onRetry={() => void secret.refetch()} />
  return (
    <form noValidate onSubmit={(event) => void form.handleSubmit(({ code }) => verify.mutate(code))(event)} className="flex flex-col gap-4">
      {verify.isError && <ProblemNotice error={verify.error} />}
      <p className="text-sm font-medium">{t('account.mfa_scan')}</p>
      <div className="flex flex-wrap items-center gap-5">
        {secret.data ? <QrCode text={secret.data.otpauth_url} label={t('account.mfa_qr')} /> : <Skeleton className="size-48" />}
        <div className="flex min-w-0 basis-48 grow flex-col items-start gap-2 text-sm">
          <p className="text-ink-soft">{t('account.mfa_manual')}</p>
          <code className="rounded-md bg-sunken px-2 py-1 font-mono text-xs break-all">{secret.data?.secret.replace(/(.{4})/g, '$1 ') ?? '…'}</code>
          <CopyButton size="small" text={secret.data?.secret ?? ''} label={t('account.mfa_copy')} />
        </div>
      </div>
      <CodeField label={t('account.mfa_code')} {...form.register('code')} error={form.formState.errors.code?.message} />
      <Button look="primary" type="submit" isBusy={verify.isPending} disabled={!secret.data}>
        {t('account.mfa_enable')}
      </Button>
    </form>
  )
}

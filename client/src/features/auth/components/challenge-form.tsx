import { zodResolver } from '@hookform/resolvers/zod'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { z } from 'zod'
import { Button } from '@/components/button'
import { CodeField } from '@/components/code-field'
import { ProblemNotice } from '@/components/problem-notice'
import { TextField } from '@/components/text-field'
import { putOnFields } from '@/lib/form-problems'
import { isProblem } from '@/lib/api/problem'
import { answerChallenge } from '../api/answer-challenge'
import { codeRule, recoveryCodeRule } from '../schemas'

interface ChallengeFormProps {
  email: string
  session: string
  onSignedIn: () => void
  onBack: () => void
}

export function ChallengeForm({ email, session, onSignedIn, onBack }: ChallengeFormProps) {
  const { t } = useTranslation('auth')
  const [isRecovery, setRecovery] = useState(false)
  const schema = z.object({ code: isRecovery ? recoveryCodeRule(t) : codeRule(t) })
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { code: '' } })
  const answer = useMutation({
    mutationFn: (code: string) => answerChallenge({ email, session, ...(isRecovery ? { recovery_code: code } : { code }) }),
    onSuccess: onSignedIn,
    onError: (error) => {
      form.resetField('code')
      putOnFields(form, error)
      form.setFocus('code')
    },
  })
  useEffect(() => form.setFocus('code'), [form, isRecovery])
  const swap = () => {
    answer.reset()
    form.reset()
    setRecovery(!isRecovery)
  }
  const field = { ...form.register('code'), error: form.formState.errors.code?.message }
  return (
    <form noValidate onSubmit={(event) => void form.handleSubmit(({ code }) => answer.mutate(code))(event)} className="flex flex-col gap-4">
      {answer.isError && <ProblemNotice error={answer.error} />}
      {isRecovery ? (
        <TextField key="recovery" label={t('mfa.recovery_code')} hint={t('mfa.recovery_text')} autoComplete="off" spellCheck={false} {...field} />
      ) : (
        <CodeField key="app" label={t('code')} {...field} />
      )}
      <Button look="primary" size="large" type="submit" isBusy={answer.isPending} disabled={isProblem(answer.error, 'challenge_expired')}>
        {t('mfa.action')}
      </Button>
      <Button look="ghost" onClick={swap}>
        {isRecovery ? t('mfa.use_app') : t('mfa.use_recovery')}
      </Button>
      <Button look="ghost" onClick={onBack}>
        {t('mfa.back')}
      </Button>
    </form>
  )
}

import { zodResolver } from '@hookform/resolvers/zod'
import { useMutation } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { z } from 'zod'
import { Button } from '@/components/button'
import { CodeField } from '@/components/code-field'
import { ProblemNotice } from '@/components/problem-notice'
import { putOnFields } from '@/lib/form-problems'
import { isProblem } from '@/lib/api/problem'
import { answerChallenge } from '../api/answer-challenge'
import { codeRule } from '../schemas'

interface ChallengeFormProps {
  email: string
  session: string
  onSignedIn: () => void
  onBack: () => void
}

export function ChallengeForm({ email, session, onSignedIn, onBack }: ChallengeFormProps) {
  const { t } = useTranslation('auth')
  const form = useForm({ resolver: zodResolver(z.object({ code: codeRule(t) })), defaultValues: { code: '' } })
  const answer = useMutation({
    mutationFn: (code: string) => answerChallenge({ email, session, code }),
    onSuccess: onSignedIn,
    onError: (error) => {
      form.resetField('code')
      putOnFields(form, error)
      form.setFocus('code')
    },
  })
  useEffect(() => form.setFocus('code'), [form])
  return (
    <form noValidate onSubmit={(event) => void form.handleSubmit(({ code }) => answer.mutate(code))(event)} className="flex flex-col gap-4">
      {answer.isError && <ProblemNotice error={answer.error} />}
      <CodeField label={t('code')} {...form.register('code')} error={form.formState.errors.code?.message} />
      <Button look="primary" size="large" type="submit" isBusy={answer.isPending} disabled={isProblem(answer.error, 'challenge_expired')}>
        {t('mfa.action')}
      </Button>
      <Button look="ghost" onClick={onBack}>
        {t('mfa.back')}
      </Button>
    </form>
  )
}

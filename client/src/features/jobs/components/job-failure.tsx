import { RotateCw, TriangleAlert } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import type { JobError } from '@/lib/api/models'
import { useCodeText } from '@/lib/use-problem-text'

/** Why the job failed, what to do about it, and the error code for support. */
export function JobFailure({ error, isBusy, onRetry }: { error: JobError; isBusy: boolean; onRetry: (() => void) | undefined }) {
  const { t, i18n } = useTranslation('jobs')
  const known = useCodeText()(error)
  // The API's own sentence is in English, and more specific than any text by code.
  const { title, hint } = i18n.language === 'en' ? { title: error.message, hint: error.hint } : known
  return (
    <div role="alert" className="flex flex-wrap items-start gap-4 rounded-xl border border-bad/30 bg-bad-soft p-4">
      <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-bad" />
      <div className="min-w-0 grow basis-60 text-sm">
        <p className="font-medium">{title}</p>
        {hint && <p className="mt-1 text-ink-soft">{hint}</p>}
        <p className="mt-1 font-mono text-xs text-ink-faint">{t('failure.code', { code: error.code })}</p>
      </div>
      {onRetry && (
        <Button look={error.retryable ? 'secondary' : 'ghost'} isBusy={isBusy} onClick={onRetry}>
          <RotateCw aria-hidden />
          {t('retry')}
        </Button>
      )}
    </div>
  )
}

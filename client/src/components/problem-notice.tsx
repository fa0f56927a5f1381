import { RotateCw, TriangleAlert } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { toProblem } from '@/lib/api/problem'
import { useProblemText } from '@/lib/use-problem-text'
import { Button } from './button'

interface ProblemNoticeProps {
  error: unknown
  onRetry?: () => void
  /** The notice is the whole page, so its title is the page's heading. */
  isPage?: boolean
}

/** What went wrong, what to do about it, and the request id for support. */
export function ProblemNotice({ error, onRetry, isPage = false }: ProblemNoticeProps) {
  const Title = isPage ? 'h1' : 'p'
  const { t } = useTranslation()
  const { title, hint, requestId } = useProblemText()(error)
  return (
    <div role="alert" className="flex gap-3 rounded-xl border border-bad/30 bg-bad-soft p-4 text-sm">
      <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-bad" />
      <div className="min-w-0 grow">
        <Title className="font-medium">{title}</Title>
        {hint && <p className="mt-0.5 text-ink-soft">{hint}</p>}
        {requestId && <p className="mt-1 font-mono text-xs break-all text-ink-faint">{t('request_id', { id: requestId })}</p>}
      </div>
      {onRetry && toProblem(error).retryable && (
        <Button size="small" onClick={onRetry}>
          <RotateCw aria-hidden />
          {t('try_again')}
        </Button>
      )}
    </div>
  )
}

import { Hammer } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { EmptyState } from '@/components/empty-state'

/** The last error boundary: a bug of ours, or a chunk of the app that could not be loaded. */
export function CrashPage({ error }: { error: unknown }) {
  const { t } = useTranslation()
  return (
    <main className="grid min-h-dvh place-items-center">
      <EmptyState
        icon={<Hammer />}
        title={t('crash.title')}
        action={
          <Button look="primary" onClick={() => window.location.reload()}>
            {t('crash.reload')}
          </Button>
        }
      >
        {t('crash.text')}
        {error instanceof Error && <span className="mt-2 block font-mono text-xs text-ink-faint">{error.message}</span>}
      </EmptyState>
    </main>
  )
}

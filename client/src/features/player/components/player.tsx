import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { Skeleton } from '@/components/skeleton'
import type { PlayerProps } from './player-stage'

// hls.js and Media Chrome are large; they are loaded only by those who watch.
const Stage = lazy(async () => ({ default: (await import('./player-stage')).PlayerStage }))

/** The only player component. Its implementation may change; these props do not. */
export function Player(props: PlayerProps) {
  const { t } = useTranslation()
  return (
    <Suspense
      fallback={
        <div role="status" className="aspect-video">
          <span className="sr-only">{t('loading')}</span>
          <Skeleton className="size-full rounded-none" />
        </div>
      }
    >
      <Stage {...props} />
    </Suspense>
  )
}

import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { Skeleton } from '@/components/skeleton'
import type { PlayerProps } from './player-stage'

// hls.js and Media Chrome are large; only who watches fetches them.
const Stage = lazy(async () => ({ default: (await import('./player-stage')).PlayerStage }))

/** The one way to play a video. What is inside may change; this does not. */
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

import 'media-chrome/lang/de'
import { MediaController, MediaLoadingIndicator } from 'media-chrome/react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Stream } from '@/lib/api/models'
import { cn } from '@/lib/class-names'
import { installRenditions } from '../state/hls-renditions'
import { isKeyForPlayer, pressKey } from '../state/player-keys'
import { useHls } from '../state/use-hls'
import { useRememberedSound } from '../state/use-remembered-sound'
import { ControlBar } from './control-bar'
import { KeysHelp } from './keys-help'
import { PlayFault } from './play-fault'
import { WaitingNote } from './waiting-note'
import '../player.css'

installRenditions()

export interface PlayerProps {
  stream: Stream
  title: string
  poster?: string | null
  /** Start position in seconds. */
  startAt?: number
  /** The links have expired; the parent should pass fresh ones as `stream`. */
  onExpired: () => void
  onTime?: (seconds: number) => void
  className?: string
}

export function PlayerStage({ stream, title, poster, startAt = 0, onExpired, onTime, className }: PlayerProps) {
  const { t, i18n } = useTranslation('player')
  const ref = useRef<HTMLVideoElement>(null)
  const stage = useRef<HTMLElement | null>(null)
  const [isHelpShown, setHelpShown] = useState(false)
  const { hasFailed, growth, retry } = useHls(ref, { stream, startAt, onExpired })
  useRememberedSound(ref)

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const video = ref.current
      if (!video || !isKeyForPlayer(event)) return
      const toggleFullscreen = () => void (document.fullscreenElement ? document.exitFullscreen() : stage.current?.requestFullscreen())
      const extras = { toggleFullscreen, showHelp: () => setHelpShown(true) }
      if (pressKey(event.key, video, extras)) event.preventDefault()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])

  return (
    <>
      <MediaController
        ref={(element: HTMLElement | null) => {
          stage.current = element
        }}
        noHotkeys
        noVolumePref
        lang={i18n.language}
        aria-label={t('player')}
        className={cn('player block aspect-video w-full overflow-hidden', className)}
      >
        {/* The API has no captions. */}
        {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
        <video
          ref={ref}
          slot="media"
          playsInline
          preload="metadata"
          crossOrigin="anonymous"
          poster={poster ?? stream.thumbnail_url ?? undefined}
          title={title}
          aria-label={title}
          onTimeUpdate={(event) => onTime?.(event.currentTarget.currentTime)}
          className="size-full"
        >
          {stream.storyboard_url && <track kind="metadata" label="thumbnails" default src={stream.storyboard_url} />}
        </video>
        <WaitingNote isWaiting={growth?.isWaiting ?? false} />
        {!growth?.isWaiting && <MediaLoadingIndicator slot="centered-chrome" noAutohide />}
        <ControlBar growth={growth} wholeSeconds={stream.duration_seconds} onHelp={() => setHelpShown(true)} />
        {hasFailed && <PlayFault onRetry={retry} />}
      </MediaController>
      <KeysHelp isOpen={isHelpShown} onClose={() => setHelpShown(false)} />
    </>
  )
}

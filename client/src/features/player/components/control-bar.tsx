import { Keyboard } from 'lucide-react'
import {
  MediaControlBar,
  MediaFullscreenButton,
  MediaMuteButton,
  MediaPipButton,
  MediaPlayButton,
  MediaPreviewThumbnail,
  MediaPreviewTimeDisplay,
  MediaTimeDisplay,
  MediaTimeRange,
  MediaVolumeRange,
} from 'media-chrome/react'
import {
  MediaPlaybackRateMenu,
  MediaPlaybackRateMenuButton,
  MediaRenditionMenu,
  MediaRenditionMenuButton,
} from 'media-chrome/react/menu'
import type { CSSProperties } from 'react'
import { useTranslation } from 'react-i18next'
import { formatClock } from '@/lib/format'
import type { Growth } from '../state/growing-hls'

interface ControlBarProps {
  /** Null if the whole video is there. */
  growth: Growth | null
  wholeSeconds: number
  onHelp: () => void
}

/** The control bar over the video, and the menus that open from it. */
export function ControlBar({ growth, wholeSeconds, onHelp }: ControlBarProps) {
  const { t } = useTranslation('player')
  const encoded = growth && { '--player-encoded': `${(growth.playableSeconds / Math.max(wholeSeconds, growth.playableSeconds, 1)) * 100}%` }
  return (
    <>
      <MediaRenditionMenu hidden anchor="auto" />
      <MediaPlaybackRateMenu hidden anchor="auto" rates={[0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]} />
      <div className="player-shade" />
      {growth && <p className="player-growth">{t('encoded_up_to', { time: formatClock(growth.playableSeconds) })}</p>}
      <MediaControlBar className="player-seek">
        <MediaTimeRange data-growing={growth ? '' : undefined} style={encoded as CSSProperties | undefined}>
          <MediaPreviewThumbnail slot="preview" />
          <MediaPreviewTimeDisplay slot="preview" />
        </MediaTimeRange>
      </MediaControlBar>
      <MediaControlBar className="player-bar">
        <MediaPlayButton />
        <MediaMuteButton />
        <MediaVolumeRange className="player-volume" />
        <MediaTimeDisplay showDuration />
        <span className="player-gap" />
        <MediaPlaybackRateMenuButton />
        <MediaRenditionMenuButton />
        <button type="button" className="player-help" aria-label={t('control.help')} title={t('control.help')} onClick={onHelp}>
          <Keyboard aria-hidden />
        </button>
        <MediaPipButton />
        <MediaFullscreenButton />
      </MediaControlBar>
    </>
  )
}

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
import { useTranslation } from 'react-i18next'

/** The control bar over the video, and the menus that open from it. */
export function ControlBar({ onHelp }: { onHelp: () => void }) {
  const { t } = useTranslation('player')
  return (
    <>
      <MediaRenditionMenu hidden anchor="auto" />
      <MediaPlaybackRateMenu hidden anchor="auto" rates={[0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]} />
      <div className="player-shade" />
      <MediaControlBar className="player-seek">
        <MediaTimeRange>
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

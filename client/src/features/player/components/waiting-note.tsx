import { LoaderCircle } from 'lucide-react'
import { useTranslation } from 'react-i18next'

/** Says that playback has reached the end of what is encoded, and goes on by itself. */
export function WaitingNote({ isWaiting }: { isWaiting: boolean }) {
  const { t } = useTranslation('player')
  return (
    // Always there, so that screen readers announce the text when it appears.
    <div slot="centered-chrome" role="status" {...{ noautohide: '' }}>
      {isWaiting && (
        <p className="player-waiting">
          <LoaderCircle aria-hidden className="size-4 animate-spin" />
          {t('waiting_for_encoder')}
        </p>
      )}
    </div>
  )
}

import { RotateCw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'

export function PlayFault({ onRetry }: { onRetry: () => void }) {
  const { t } = useTranslation('player')
  const { t: common } = useTranslation()
  return (
    <div slot="centered-chrome" role="alert" className="flex flex-col items-center gap-3 rounded-xl bg-black/80 p-6 text-center text-white">
      <p className="font-medium">{t('play_failed')}</p>
      <p className="text-sm text-white/80">{t('play_failed_text')}</p>
      <Button onClick={onRetry}>
        <RotateCw aria-hidden />
        {common('try_again')}
      </Button>
    </div>
  )
}

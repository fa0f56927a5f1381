import { Hammer } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { uploadStore } from '../state/uploads'
import type { UploadItem } from '../state/upload-item'

/** Works at any time: before the upload is complete it schedules the processing. */
export function StartButton({ item }: { item: UploadItem }) {
  const { t } = useTranslation('upload')
  const isIn = item.stage !== 'transfer'
  if (item.isWanted && !isIn) {
    return (
      <Button aria-pressed onClick={() => uploadStore.want(item.id, false)}>
        {t('start_undo')}
      </Button>
    )
  }
  const isMissing = item.formats.length === 0
  return (
    <>
      {isMissing && <p className="text-sm text-bad">{t('formats_missing')}</p>}
      <Button
        look="primary"
        disabled={isMissing || !item.details.title.trim()}
        isBusy={item.stage === 'starting'}
        onClick={() => uploadStore.want(item.id, true)}
      >
        <Hammer aria-hidden />
        {isIn ? t('start') : t('start_later')}
      </Button>
    </>
  )
}

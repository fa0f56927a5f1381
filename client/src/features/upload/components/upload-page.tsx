import { Hammer } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { PageHeader } from '@/components/page-header'
import { usePageTitle } from '@/lib/use-page-title'
import { uploadStore, useUploadItems } from '../state/uploads'
import { useFileDrop } from '../state/use-file-drop'
import { useTakeFiles } from '../state/use-take-files'
import { DropZone } from './drop-zone'
import { ResumeOffers } from './resume-offers'
import { UploadCard, type UploadSlots } from './upload-card'

const SHOWN_OPEN = 2

export function UploadPage(slots: UploadSlots) {
  const { t } = useTranslation('upload')
  const items = useUploadItems()
  const [watched, setWatched] = useState<string | null>(null)
  const take = useTakeFiles()
  const isOver = useFileDrop(take)
  usePageTitle(t('title'))
  const startable = items.filter((item) => !['started', 'refused'].includes(item.stage) && !item.isWanted && item.formats.length > 0)
  const choose = () => document.querySelector<HTMLInputElement>('[data-testid=file-input]')?.click()
  return (
    <div className="mx-auto max-w-4xl">
      <PageHeader
        title={t('title')}
        description={t('text')}
        actions={
          startable.length > 1 && (
            <Button look="primary" onClick={() => startable.forEach((item) => uploadStore.want(item.id, true))}>
              <Hammer aria-hidden />
              {t('start_all')}
            </Button>
          )
        }
      />
      <div className="flex flex-col gap-5">
        <ResumeOffers onFiles={take} onChoose={choose} />
        <DropZone isOver={isOver} isCompact={items.length > 0} onFiles={take} />
        {items.map((item, index) => (
          <UploadCard
            key={item.id}
            item={item}
            isOpenAtFirst={index < SHOWN_OPEN}
            slots={slots}
            isWatched={watched === item.id}
            onWatch={(isWatched) => setWatched(isWatched ? item.id : null)}
          />
        ))}
      </div>
    </div>
  )
}

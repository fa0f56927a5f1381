import { Link } from '@tanstack/react-router'
import { Clapperboard, SearchX, Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { EmptyState } from '@/components/empty-state'
import type { Kind } from '../api/list-videos'

interface EmptyGalleryProps {
  kind: Kind
  isFiltered: boolean
  isTrash: boolean
  onClear: () => void
}

export function EmptyGallery({ kind, isFiltered, isTrash, onClear }: EmptyGalleryProps) {
  const { t } = useTranslation('gallery')
  if (isFiltered) {
    return (
      <EmptyState icon={<SearchX />} title={t('empty.found')} action={<Button onClick={onClear}>{t('filter.clear')}</Button>}>
        {t('empty.found_text')}
      </EmptyState>
    )
  }
  if (isTrash) return <EmptyState icon={<Trash2 />} title={t('empty.trash')} />
  const upload = (
    <Button look="primary" size="large" render={<Link to="/upload" />}>
      {t('empty.upload')}
    </Button>
  )
  return (
    <EmptyState icon={<Clapperboard />} title={t(`empty.${kind}`)} action={upload}>
      {t(`empty.${kind}_text`)}
    </EmptyState>
  )
}

import { Link } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { EmptyState } from '@/components/empty-state'
import { usePageTitle } from '@/lib/use-page-title'

export function MissingPage() {
  const { t } = useTranslation()
  usePageTitle(t('missing.title'))
  return (
    <EmptyState
      level={1}
      icon={<Compass />}
      title={t('missing.title')}
      action={
        <Button look="primary" render={<Link to="/gallery" />}>
          {t('missing.action')}
        </Button>
      }
    >
      {t('missing.text')}
    </EmptyState>
  )
}

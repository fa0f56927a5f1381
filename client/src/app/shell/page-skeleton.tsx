import { useTranslation } from 'react-i18next'
import { Skeleton } from '@/components/skeleton'

export function PageSkeleton() {
  const { t } = useTranslation()
  return (
    <div role="status">
      <span className="sr-only">{t('loading')}</span>
      <Skeleton className="mb-8 h-9 w-56" />
      <div className="grid gap-6 sm:grid-cols-2 lg:grid-cols-3">
        {[0, 1, 2, 3, 4, 5].map((index) => (
          <Skeleton key={index} className="aspect-video" />
        ))}
      </div>
    </div>
  )
}

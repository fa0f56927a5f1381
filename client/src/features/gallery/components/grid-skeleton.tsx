import { useTranslation } from 'react-i18next'
import { Skeleton } from '@/components/skeleton'

export function GridSkeleton() {
  const { t } = useTranslation()
  return (
    <div role="status" className="grid grid-cols-[repeat(auto-fill,minmax(min(15.625rem,100%),1fr))] gap-5">
      <span className="sr-only">{t('loading')}</span>
      {Array.from({ length: 8 }, (_, index) => (
        <div key={index}>
          <Skeleton className="aspect-video rounded-card" />
          <Skeleton className="mt-3 h-4 w-4/5" />
          <Skeleton className="mt-2 h-3 w-2/5" />
        </div>
      ))}
    </div>
  )
}

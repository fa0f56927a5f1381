import { useTranslation } from 'react-i18next'
import type { Job } from '@/lib/api/models'
import { formatPercent } from '@/lib/format'
import { usePageTitle } from '@/lib/use-page-title'

/** Shows the progress in the tab title, for users who switch to another tab. */
export function useJobTitle(job: Job | undefined, title: string): void {
  const { t, i18n } = useTranslation('jobs')
  const state = !job ? '' : job.status === 'processing' ? formatPercent(job.progress_percent, i18n.language) : t(`status.${job.status}`)
  usePageTitle(state ? `${state} · ${title}` : title)
}

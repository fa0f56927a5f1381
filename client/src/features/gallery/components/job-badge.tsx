import { useTranslation } from 'react-i18next'
import { Badge } from '@/components/badge'
import type { Job } from '@/lib/api/models'
import { formatPercent } from '@/lib/format'

/** The progress of the job of a video, in two words. */
export function JobBadge({ job }: { job: Job }) {
  const { t, i18n } = useTranslation('gallery')
  const percent = formatPercent(job.progress_percent, i18n.language)
  return <Badge tone={job.status === 'pending' ? 'plain' : 'ember'}>{job.status === 'pending' ? t('job.waiting') : t('job.working', { percent })}</Badge>
}

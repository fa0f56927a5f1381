import { getRouteApi, Link } from '@tanstack/react-router'
import { Play } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { JobPage } from '@/features/jobs/components/job-page'

const route = getRouteApi('/shell/jobs/$jobId')

export function JobRoute() {
  const { jobId } = route.useParams()
  const { t } = useTranslation('jobs')
  return (
    <JobPage
      id={jobId}
      videoLink={({ id, isReady, isOver }) =>
        isReady && (
          <Button look="primary" className="self-start" render={<Link to="/videos/$videoId" params={{ videoId: id }} />}>
            <Play aria-hidden />
            {isOver ? t('watch') : t('watch_ready')}
          </Button>
        )
      }
    />
  )
}

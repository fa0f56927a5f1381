import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { UploadPage } from '@/features/upload/components/upload-page'

export function UploadRoute() {
  const { t } = useTranslation('upload')
  return (
    <UploadPage
      links={({ videoId, jobId }) => (
        <>
          <Button look="ghost" render={<Link to="/videos/$videoId" params={{ videoId }} />}>
            {t('open_video')}
          </Button>
          {jobId && (
            <Button look="primary" render={<Link to="/jobs/$jobId" params={{ jobId }} />}>
              {t('watch_job')}
            </Button>
          )}
        </>
      )}
    />
  )
}

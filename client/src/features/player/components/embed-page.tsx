import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ProblemNotice } from '@/components/problem-notice'
import { getConfig } from '@/lib/config'
import { videoQuery } from '@/lib/requests/get-video'
import { usePageTitle } from '@/lib/use-page-title'
import { VideoScreen } from './video-screen'

/** The player alone, for an iframe on another site's page. */
export function EmbedPage({ id, startAt }: { id: string; startAt: number }) {
  const { t } = useTranslation('player')
  const { data: video, error, isError } = useQuery(videoQuery(id))
  usePageTitle(video?.title)
  if (isError) {
    return (
      <main className="grid min-h-dvh place-items-center p-4">
        <ProblemNotice isPage error={error} />
      </main>
    )
  }
  return (
    <main data-bare className="group relative h-dvh bg-black">
      {video && (
        <>
          <h1 className="sr-only">{video.title}</h1>
          <VideoScreen video={video} startAt={startAt} isBare />
          <a
            href={`/videos/${video.id}`}
            target="_blank"
            rel="noopener"
            className="absolute inset-x-0 top-0 truncate bg-linear-to-b from-black/80 to-transparent px-4 pt-3 pb-8 text-sm font-medium text-white opacity-0 transition-opacity group-hover:opacity-100 focus-visible:opacity-100"
          >
            {video.title}
            <span className="ms-2 font-normal text-white/80">{t('open_on', { site: getConfig().site_name })}</span>
          </a>
        </>
      )}
    </main>
  )
}

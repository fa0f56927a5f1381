import { getRouteApi } from '@tanstack/react-router'
import { EmbedPage } from '@/features/player/components/embed-page'

const route = getRouteApi('/embed/$videoId')

export function EmbedRoute() {
  const { videoId } = route.useParams()
  const { t = 0 } = route.useSearch()
  return <EmbedPage id={videoId} startAt={t} />
}

/**
 * Downloads a file of a video: a rendition by the URL the player uses too, the source by a URL that
 * its owner requests.
 */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Stream } from '@/lib/api/models'
import { getSourceDownload } from '../api/get-source-download'
import { streamQuery } from '../api/get-stream'

function findAddress(stream: Stream | undefined, format: string): string | undefined {
  const isOver = !stream || Date.parse(stream.expires_at) <= Date.now()
  return isOver ? undefined : stream.renditions.find((rendition) => rendition.format === format)?.mp4_url
}

/** A link with `download`, so that the page, and the uploads running in it, stay. */
function save(url: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = ''
  link.click()
}

export function useDownload(videoId: string) {
  const queryClient = useQueryClient()
  const query = streamQuery(videoId)

  async function findUrl(format: string): Promise<string> {
    if (format === 'source') return (await getSourceDownload(videoId)).url
    const known = findAddress(queryClient.getQueryData(query.queryKey), format)
    // Fetched again only when the URLs have expired or this rendition is newer: each request may
    // count a view.
    const address = known ?? findAddress(await queryClient.fetchQuery({ ...query, staleTime: 0 }), format)
    if (!address) throw new Error(`No address to save ${format} from.`)
    return `${address}?download=1`
  }
  return useMutation({
    mutationFn: findUrl,
    onSuccess: save,
  })
}

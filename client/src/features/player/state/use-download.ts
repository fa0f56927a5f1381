/** Saves a file of a video: a rendition by the address the player has too, the source by one the owner asks for. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Stream } from '@/lib/api/models'
import { getSourceDownload } from '../api/get-source-download'
import { streamQuery } from '../api/get-stream'

function findAddress(stream: Stream | undefined, format: string): string | undefined {
  const isOver = !stream || Date.parse(stream.expires_at) <= Date.now()
  return isOver ? undefined : stream.renditions.find((rendition) => rendition.format === format)?.mp4_url
}

/** As a link marked for saving, which leaves the page, and uploads that run in it, alone. */
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
    // Asked again only when the addresses have ended or this size was made since: each asking may count a view.
    const address = known ?? findAddress(await queryClient.fetchQuery({ ...query, staleTime: 0 }), format)
    if (!address) throw new Error(`No address to save ${format} from.`)
    return `${address}?download=1`
  }
  return useMutation({
    mutationFn: findUrl,
    onSuccess: save,
  })
}

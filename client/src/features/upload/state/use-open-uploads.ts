/**
 * Uploads of this person that broke off. The API knows them all, whichever browser began them; this browser
 * adds the handle of the file where it has one, so that the file need not be chosen again.
 */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { uploadApi } from '../api/upload-api'
import { indexedMemory } from '../engine/indexed-memory'
import type { OpenUpload } from '../engine/ports'
import { useUploadItems } from './desk'

export interface OfferedUpload extends OpenUpload {
  handle?: FileSystemFileHandle
}

const openUploadsQuery = queryOptions({
  queryKey: ['uploads', 'open'],
  queryFn: async ({ signal }): Promise<OfferedUpload[]> => {
    const [open, remembered] = await Promise.all([uploadApi.listOpen(signal), indexedMemory.list()])
    const handles = new Map(remembered.map(({ uploadId, handle }) => [uploadId, handle]))
    return open.map((upload) => ({ ...upload, handle: handles.get(upload.id) }))
  },
  staleTime: 0,
})

export function useOpenUploads() {
  const queryClient = useQueryClient()
  const items = useUploadItems()
  const { data = [] } = useQuery(openUploadsQuery)
  // A transfer that was begun or taken from the list changes what is open.
  useEffect(() => {
    void queryClient.invalidateQueries(openUploadsQuery)
  }, [queryClient, items.length])
  const { mutate: discard } = useMutation({
    mutationFn: async ({ id, fingerprint }: OfferedUpload) => {
      await indexedMemory.forget(fingerprint)
      await uploadApi.abort(id)
    },
    onMutate: ({ id }) => {
      queryClient.setQueryData(openUploadsQuery.queryKey, (all) => all?.filter((upload) => upload.id !== id))
    },
    onSettled: () => queryClient.invalidateQueries(openUploadsQuery),
  })
  const isHere = ({ filename, size_bytes }: OpenUpload) =>
    items.some((item) => item.filename === filename && item.upload.file.size === size_bytes)
  return { uploads: data.filter((upload) => !isHere(upload)), discard }
}

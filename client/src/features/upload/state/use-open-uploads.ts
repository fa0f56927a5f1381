/**
 * The user's interrupted uploads. The API knows them all, whichever browser started them; this
 * browser adds the handle of the file where it has one, so that the file need not be chosen again.
 */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useMe } from '@/lib/session'
import { uploadApi } from '../api/upload-api'
import { memoryOf } from '../engine/indexed-memory'
import type { OpenUpload } from '../engine/ports'
import { useDroppedUploads, useUploadItems } from './uploads'
import { forgetDraft } from './drafts'

export interface OfferedUpload extends OpenUpload {
  handle?: FileSystemFileHandle
}

const openUploadsQuery = (ownerId: string) =>
  queryOptions({
    queryKey: ['uploads', 'open'],
    queryFn: async ({ signal }): Promise<OfferedUpload[]> => {
      const [open, remembered] = await Promise.all([uploadApi.listOpen(signal), memoryOf(ownerId).list()])
      const handles = new Map(remembered.map(({ uploadId, handle }) => [uploadId, handle]))
      return open.map((upload) => ({ ...upload, handle: handles.get(upload.id) }))
    },
    staleTime: 0,
  })

export function useOpenUploads() {
  const queryClient = useQueryClient()
  const items = useUploadItems()
  const dropped = useDroppedUploads()
  const ownerId = useMe()?.id ?? ''
  const query = openUploadsQuery(ownerId)
  const { data = [] } = useQuery({ ...query, enabled: ownerId !== '' })
  // Starting a transfer, or cancelling one, changes the list.
  useEffect(() => {
    if (dropped.size === 0) void queryClient.invalidateQueries({ queryKey: ['uploads', 'open'] })
  }, [queryClient, items.length, dropped])
  const { mutate: discard } = useMutation({
    mutationFn: async ({ id, fingerprint }: OfferedUpload) => {
      forgetDraft(ownerId, fingerprint)
      await memoryOf(ownerId).forget(fingerprint)
      await uploadApi.abort(id)
    },
    onMutate: ({ id }) => {
      queryClient.setQueryData(query.queryKey, (all) => all?.filter((upload) => upload.id !== id))
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: query.queryKey }),
  })
  const isHere = ({ filename, size_bytes }: OpenUpload) =>
    items.some((item) => item.filename === filename && item.upload.file.size === size_bytes)
  return { uploads: data.filter((upload) => !isHere(upload) && !dropped.has(upload.fingerprint)), discard }
}

import { useSyncExternalStore } from 'react'
import { onUserChange } from '@/lib/session'
import { addUnfinished } from '@/lib/unfinished'
import { saveVideo } from '@/lib/requests/save-video'
import { startJob } from '@/lib/requests/start-job'
import { confirmUpload } from '../api/confirm-upload'
import { uploadApi } from '../api/upload-api'
import { browserConnectivity } from '../engine/connectivity'
import { memoryOf } from '../engine/indexed-memory'
import { forgetOldDrafts } from './drafts'
import { probeSource } from './probe-source'
import { UploadStore } from './upload-store'
import type { UploadItem } from './upload-item'

/** One per tab: uploads outlive the page they were started on. */
export const uploadStore = new UploadStore({
  engine: { api: uploadApi, connectivity: browserConnectivity },
  memoryOf,
  confirmUpload,
  startJob,
  saveDetails: saveVideo,
  probeSource,
})

forgetOldDrafts()
addUnfinished(() => uploadStore.isBusy())
// When the user changes, nothing of the previous user continues.
onUserChange(() => uploadStore.clear())

export function useUploadItems(): readonly UploadItem[] {
  return useSyncExternalStore(uploadStore.subscribe, uploadStore.getItems)
}

/** Fingerprints of the files whose upload was just cancelled here. */
export function useDroppedUploads(): ReadonlySet<string> {
  return useSyncExternalStore(uploadStore.subscribe, uploadStore.getDropped)
}

import { useSyncExternalStore } from 'react'
import { saveVideo } from '@/lib/requests/save-video'
import { startJob } from '@/lib/requests/start-job'
import { confirmUpload } from '../api/confirm-upload'
import { uploadApi } from '../api/upload-api'
import { browserConnectivity } from '../engine/connectivity'
import { indexedMemory } from '../engine/indexed-memory'
import { probeSource } from './probe-source'
import { UploadDesk } from './upload-desk'
import type { UploadItem } from './upload-item'

/** One for the tab: uploads outlive the page they were begun on. */
export const desk = new UploadDesk({
  engine: { api: uploadApi, memory: indexedMemory, connectivity: browserConnectivity },
  confirmUpload,
  startJob,
  saveDetails: saveVideo,
  probeSource,
})

export function useUploadItems(): readonly UploadItem[] {
  return useSyncExternalStore(desk.subscribe, desk.getItems)
}

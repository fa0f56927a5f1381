/** One file on the upload page: its transfer, its details, and its job. */
import type { VideoDetails } from '@/components/video-details-fields'
import type { Format, FormatOffer } from '@/lib/api/models'
import type { Upload, UploadSnapshot } from '../engine/upload'
import type { SourceSize } from './probe-source'

/**
 * transfer → confirming → confirmed → starting → started; after a problem the stage stays or goes
 * back to the last finished one. A file that the API rejects is `refused`, which is final.
 */
export type Stage = 'transfer' | 'confirming' | 'refused' | 'confirmed' | 'starting' | 'started'

export interface UploadItem {
  id: string
  /** The id of the user who uploads it. */
  ownerId: string
  upload: Upload
  filename: string
  transfer: UploadSnapshot
  stage: Stage
  details: VideoDetails
  /** The user has edited details or formats, now or in an earlier visit with this browser. */
  isDescribed: boolean
  /**
   * It resumes an upload whose details are not known here, so it stays private until the user
   * chooses a visibility.
   */
  isGuarded: boolean
  formats: Format[]
  source: SourceSize | null
  /** The formats the API offers for it; null until the API has analysed the file. */
  offers: readonly FormatOffer[] | null
  /** The user has asked to process it; that starts as soon as the upload is complete. */
  isWanted: boolean
  videoId: string | null
  jobId: string | null
  /** Why confirming, starting or saving failed. */
  problem: unknown
}

/** A title from a file name: `My_holiday-2026.final.mp4` → `My holiday 2026.final`. */
export function makeTitle(filename: string): string {
  const stem = filename.replace(/\.[^.]{1,5}$/, '')
  return stem.replace(/[_-]+/g, ' ').replace(/\s+/g, ' ').trim().slice(0, 200) || filename.slice(0, 200)
}

export function percentOf(item: UploadItem): number {
  return (item.transfer.sentBytes / Math.max(1, item.transfer.totalBytes)) * 100
}

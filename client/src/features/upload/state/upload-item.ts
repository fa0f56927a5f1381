/** One file on the upload page: its bytes, its details, and what becomes of it. */
import type { VideoDetails } from '@/components/video-details-fields'
import type { Format, FormatOffer } from '@/lib/api/models'
import type { Upload, UploadSnapshot } from '../engine/upload'
import type { SourceSize } from './probe-source'

/**
 * transfer → confirming → confirmed → starting → started; a problem leaves it where it was. What the API finds
 * to be no video is `refused`, and nothing more can be done with it.
 */
export type Stage = 'transfer' | 'confirming' | 'refused' | 'confirmed' | 'starting' | 'started'

export interface UploadItem {
  id: string
  /** Whose it is. */
  ownerId: string
  upload: Upload
  filename: string
  transfer: UploadSnapshot
  stage: Stage
  details: VideoDetails
  /** The person has typed or chosen something, or did when the upload was begun in this browser. */
  isDescribed: boolean
  /** It goes on with an upload whose details are not known here, so nobody else may see it until that is chosen. */
  isGuarded: boolean
  formats: Format[]
  source: SourceSize | null
  /** What the API says that can be made of it; null until it has seen the file. */
  offers: readonly FormatOffer[] | null
  /** The person has said "process it"; it begins as soon as the bytes are in. */
  isWanted: boolean
  videoId: string | null
  jobId: string | null
  /** Why confirming, starting or saving did not work. */
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

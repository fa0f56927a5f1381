/**
 * What the engine needs from outside: the API that grants uploads, storage that survives a reload,
 * and the network state. The grants have the shapes of the API (POST storage/uploads and related).
 */
import type * as Wire from '@/lib/api/models'

export type SingleGrant = Pick<Wire.SingleGrant, 'id' | 's3_key' | 'url' | 'headers'>
export type MultipartGrant = Pick<Wire.MultipartGrant, 'id' | 's3_key' | 'part_size_bytes' | 'part_count'>
export type StoredPart = Wire.StoredPart
export type SignedPart = Wire.SignedPart

/**
 * `status` is `lost` when the store no longer has the parts; the upload then starts again from the
 * first byte.
 */
export type StoredUpload = MultipartGrant & Pick<Wire.StoredUpload, 'status' | 'parts'>

/**
 * A multipart upload that can be resumed, whichever browser started it. `fingerprint` is what
 * `fingerprintFile` returned there.
 */
export type OpenUpload = Pick<Wire.UploadSummary, 'id' | 'filename' | 'size_bytes' | 'created_at'> & { fingerprint: string }

export interface FileFacts {
  filename: string
  content_type: string
  size_bytes: number
}

export interface UploadApi {
  startSingle: (facts: FileFacts, signal: AbortSignal) => Promise<SingleGrant>
  startMultipart: (facts: FileFacts & { fingerprint: string }, signal: AbortSignal) => Promise<MultipartGrant>
  signParts: (id: string, partNumbers: number[], signal: AbortSignal) => Promise<SignedPart[]>
  listOpen: (signal: AbortSignal) => Promise<OpenUpload[]>
  findUpload: (id: string, signal: AbortSignal) => Promise<StoredUpload>
  complete: (id: string, signal: AbortSignal) => Promise<{ s3_key: string }>
  abort: (id: string) => Promise<void>
}

/**
 * One interrupted upload, as remembered in this browser. With `handle` it can be resumed without
 * choosing the file again.
 */
export interface RememberedUpload {
  fingerprint: string
  uploadId: string
  filename: string
  sizeBytes: number
  savedAt: string
  handle?: FileSystemFileHandle
}

export interface UploadMemory {
  find: (fingerprint: string) => Promise<RememberedUpload | null>
  list: () => Promise<RememberedUpload[]>
  save: (upload: RememberedUpload) => Promise<void>
  forget: (fingerprint: string) => Promise<void>
}

export interface Connectivity {
  isOnline: () => boolean
  /** Resolves when the network is back, at once if it is there; rejects when aborted. */
  untilOnline: (signal: AbortSignal) => Promise<void>
}

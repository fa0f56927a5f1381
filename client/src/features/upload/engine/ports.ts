/**
 * What the engine needs from outside: the API that grants uploads, the memory that survives a reload, and
 * word of the network. Shapes of the grants are the API's own (design: POST storage/uploads and friends).
 */
import type * as Wire from '@/lib/api/models'

export type SingleGrant = Pick<Wire.SingleGrant, 'id' | 's3_key' | 'url' | 'headers'>
export type MultipartGrant = Pick<Wire.MultipartGrant, 'id' | 's3_key' | 'part_size_bytes' | 'part_count'>
export type StoredPart = Wire.StoredPart
export type SignedPart = Wire.SignedPart

/** `status` is `lost` when the store has forgotten the parts; the upload then starts again from the first byte. */
export type StoredUpload = MultipartGrant & Pick<Wire.StoredUpload, 'status' | 'parts'>

/** An upload in parts that can go on, wherever it was begun. `fingerprint` is what `fingerprintFile` said there. */
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

/** One interrupted upload, as remembered in this browser. `handle` lets it go on without asking for the file. */
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
  /** Resolves when there is a network, at once if there is one; rejects when aborted. */
  untilOnline: (signal: AbortSignal) => Promise<void>
}

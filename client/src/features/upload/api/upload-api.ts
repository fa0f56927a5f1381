/** The API's side of an upload, one call each (design: POST storage/uploads and friends). */
import { request } from '@/lib/api/request'
import type { MultipartGrant, Page, SignedPart, SingleGrant, StoredUpload, UploadSummary } from '@/lib/api/models'
import type { OpenUpload, UploadApi } from '../engine/ports'

const one = (id: string) => `/storage/uploads/${encodeURIComponent(id)}`

/** What goes up in one piece cannot go on, and what is whole but unconfirmed only lacks the asking. */
const canGoOn = (upload: UploadSummary): upload is UploadSummary & OpenUpload =>
  upload.method === 'multipart' && upload.fingerprint !== null && ['open', 'completed'].includes(upload.status)

export const uploadApi: UploadApi = {
  startSingle: (facts, signal) => request<SingleGrant>('/storage/upload-url', { method: 'POST', body: facts, signal }),
  startMultipart: (facts, signal) => request<MultipartGrant>('/storage/uploads', { method: 'POST', body: facts, signal }),
  signParts: async (id, part_numbers, signal) =>
    (await request<{ parts: SignedPart[] }>(`${one(id)}/parts`, { method: 'POST', body: { part_numbers }, signal })).parts,
  listOpen: async (signal) => (await request<Page<UploadSummary>>('/storage/uploads?limit=100', { signal })).items.filter(canGoOn),
  findUpload: async (id, signal) => {
    const found = await request<StoredUpload>(one(id), { signal })
    // What goes up in one piece has no parts.
    return { ...found, part_size_bytes: found.part_size_bytes ?? found.size_bytes, part_count: found.part_count ?? 1 }
  },
  complete: (id, signal) => request<{ s3_key: string }>(`${one(id)}/complete`, { method: 'POST', body: {}, signal }),
  abort: (id) => request(one(id), { method: 'DELETE' }),
}

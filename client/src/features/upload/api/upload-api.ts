/** The API's side of an upload, one call each (design: POST storage/uploads and friends). */
import { request } from '@/lib/api/request'
import type { MultipartGrant, SignedPart, SingleGrant, StoredUpload } from '@/lib/api/models'
import type { UploadApi } from '../engine/ports'

const one = (id: string) => `/storage/uploads/${encodeURIComponent(id)}`

export const uploadApi: UploadApi = {
  startSingle: (facts, signal) => request<SingleGrant>('/storage/upload-url', { method: 'POST', body: facts, signal }),
  startMultipart: (facts, signal) => request<MultipartGrant>('/storage/uploads', { method: 'POST', body: facts, signal }),
  signParts: async (id, part_numbers, signal) =>
    (await request<{ parts: SignedPart[] }>(`${one(id)}/parts`, { method: 'POST', body: { part_numbers }, signal })).parts,
  findUpload: async (id, signal) => {
    const found = await request<StoredUpload>(one(id), { signal })
    // What goes up in one piece has no parts.
    return { ...found, part_size_bytes: found.part_size_bytes ?? found.size_bytes, part_count: found.part_count ?? 1 }
  },
  complete: (id, signal) => request<{ s3_key: string }>(`${one(id)}/complete`, { method: 'POST', body: {}, signal }),
  abort: (id) => request(one(id), { method: 'DELETE' }),
}

/** The API's side of an upload, one call each (design: POST storage/uploads and friends). */
import { request } from '@/lib/api/request'
import type { MultipartGrant, SignedPart, SingleGrant, StoredUpload, UploadApi } from '../engine/ports'

const one = (id: string) => `/storage/uploads/${encodeURIComponent(id)}`

export const uploadApi: UploadApi = {
  startSingle: (facts, signal) => request<SingleGrant>('/storage/upload-url', { method: 'POST', body: facts, signal }),
  startMultipart: (facts, signal) => request<MultipartGrant>('/storage/uploads', { method: 'POST', body: facts, signal }),
  signParts: async (id, part_numbers, signal) =>
    (await request<{ parts: SignedPart[] }>(`${one(id)}/parts`, { method: 'POST', body: { part_numbers }, signal })).parts,
  findUpload: (id, signal) => request<StoredUpload>(one(id), { signal }),
  complete: (id, signal) => request<{ s3_key: string }>(`${one(id)}/complete`, { method: 'POST', body: {}, signal }),
  abort: (id) => request(one(id), { method: 'DELETE' }),
}

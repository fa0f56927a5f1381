/** The API's side of an upload, one call each (POST storage/uploads and related). */
import { request } from '@/lib/api/request'
import type { UploadSummary } from '@/lib/api/models'
import { LIMITS } from '@/lib/api/vocabulary'
import type { OpenUpload, UploadApi } from '../engine/ports'

const one = (id: string) => ({ path: { upload_id: id } })

/**
 * An upload by a single PUT cannot be resumed; one that is complete but unconfirmed only needs to
 * be confirmed.
 */
const isResumable = (upload: UploadSummary): upload is UploadSummary & OpenUpload =>
  upload.method === 'multipart' && upload.fingerprint !== null && ['open', 'completed'].includes(upload.status)

export const uploadApi: UploadApi = {
  startSingle: (body, signal) => request('post', '/api/storage/upload-url', { body, signal }),
  startMultipart: (body, signal) => request('post', '/api/storage/uploads', { body, signal }),
  signParts: async (id, part_numbers, signal) => {
    const { parts } = await request('post', '/api/storage/uploads/{upload_id}/parts', { params: one(id), body: { part_numbers }, signal })
    return parts
  },
  listOpen: async (signal) => {
    const { items } = await request('get', '/api/storage/uploads', { params: { query: { limit: LIMITS.pageItems } }, signal })
    return items.filter(isResumable)
  },
  findUpload: async (id, signal) => {
    const found = await request('get', '/api/storage/uploads/{upload_id}', { params: one(id), signal })
    // A single PUT has no parts.
    return { ...found, part_size_bytes: found.part_size_bytes ?? found.size_bytes, part_count: found.part_count ?? 1 }
  },
  complete: (id, signal) => request('post', '/api/storage/uploads/{upload_id}/complete', { params: one(id), body: {}, signal }),
  abort: (id) => request('delete', '/api/storage/uploads/{upload_id}', { params: one(id) }),
}

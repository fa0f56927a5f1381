/**
 * Interrupted uploads in IndexedDB: database `videoforge`, store `uploads`, key `fingerprint`,
 * which starts with the id of the owner.
 *
 * Best effort: private windows and full disks refuse storage, and an upload must never fail because
 * of that.
 */
import type { RememberedUpload, UploadMemory } from './ports'

const STORE = 'uploads'

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open('videoforge', 1)
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: 'fingerprint' })
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error ?? new Error('no storage'))
    asked.onblocked = () => reject(new Error('storage is blocked by another tab'))
  })
}

async function ask<T>(mode: IDBTransactionMode, make: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
  try {
    const database = await open()
    return await new Promise<T>((resolve, reject) => {
      const asked = make(database.transaction(STORE, mode).objectStore(STORE))
      asked.onsuccess = () => resolve(asked.result)
      asked.onerror = () => reject(asked.error ?? new Error('storage failed'))
    }).finally(() => database.close())
  } catch {
    return null
  }
}

/**
 * Separate for each user: uploads that another user started in this browser are neither visible nor
 * resumable.
 */
export function memoryOf(ownerId: string): UploadMemory {
  const prefix = `${ownerId}/`
  const outside = (kept: RememberedUpload): RememberedUpload => ({ ...kept, fingerprint: kept.fingerprint.slice(prefix.length) })
  return {
    find: async (fingerprint) => {
      const kept = await ask('readonly', (store) => store.get(prefix + fingerprint) as IDBRequest<RememberedUpload | undefined>)
      return kept ? outside(kept) : null
    },
    list: async () => {
      const all = (await ask('readonly', (store) => store.getAll() as IDBRequest<RememberedUpload[]>)) ?? []
      return all.filter(({ fingerprint }) => fingerprint.startsWith(prefix)).map(outside)
    },
    save: async (upload) => {
      await ask('readwrite', (store) => store.put({ ...upload, fingerprint: prefix + upload.fingerprint }))
    },
    forget: async (fingerprint) => {
      await ask('readwrite', (store) => store.delete(prefix + fingerprint))
    },
  }
}

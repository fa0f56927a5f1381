/**
 * Interrupted uploads in IndexedDB: database `videoforge`, store `uploads`, key `fingerprint`.
 *
 * Best effort: private windows and full disks refuse storage, and an upload must never fail for that.
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

export const indexedMemory: UploadMemory = {
  find: async (fingerprint) =>
    (await ask('readonly', (store) => store.get(fingerprint) as IDBRequest<RememberedUpload | undefined>)) ?? null,
  list: async () => (await ask('readonly', (store) => store.getAll() as IDBRequest<RememberedUpload[]>)) ?? [],
  save: async (upload) => {
    await ask('readwrite', (store) => store.put(upload))
  },
  forget: async (fingerprint) => {
    await ask('readwrite', (store) => store.delete(fingerprint))
  },
}

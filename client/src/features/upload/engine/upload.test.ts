import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ProblemError } from '@/lib/api/problem'
import type { Connectivity } from './ports'
import { memoryOf } from './indexed-memory'
import { PART_BYTES, TestingStore, type Fault } from './testing-store'
import type { TransferFault } from './faults'
import { Upload, type UploadParts } from './upload'
import { UploadQueue } from './upload-queue'

let store: TestingStore
const indexedMemory = memoryOf('ada')
const online: Connectivity = { isOnline: () => true, untilOnline: async () => undefined }

beforeEach(async () => {
  store = new TestingStore()
  await store.open()
  // Waits are real but short; the longest pauses are tested on their own with a clock of the test's.
  vi.spyOn(Math, 'random').mockReturnValue(0)
})

afterEach(async () => {
  await store.close()
  for (const remembered of await indexedMemory.list()) await indexedMemory.forget(remembered.fingerprint)
})

function makeFile(parts: number, name = 'film.mp4'): File {
  const bytes = new Uint8Array(Math.floor(parts * PART_BYTES))
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = (index * 31 + (index >> 8)) & 255
  return new File([bytes], name, { type: 'video/mp4', lastModified: 1 })
}

function makeUpload(file: File, parts: Partial<UploadParts> = {}): Upload {
  return new Upload(file, { api: store.api, memory: indexedMemory, connectivity: online, singleMaxBytes: 1000, stallMs: 400, ...parts })
}

async function bytesOf(file: File): Promise<Buffer> {
  return Buffer.from(await file.arrayBuffer())
}

test('a file arrives complete, in parts that start in order, at most four at once', async () => {
  const file = makeFile(10.5)
  const upload = makeUpload(file)
  await upload.start()

  expect(upload.getSnapshot()).toMatchObject({ status: 'done', sentBytes: file.size, s3Key: 'users/u/source.mp4' })
  expect(store.joined().equals(await bytesOf(file))).toBe(true)
  expect(store.mostInFlight).toBeLessThanOrEqual(4)
  expect(store.completed).toBe(1)
  expect(await indexedMemory.list()).toEqual([])
})

test('a small file goes in one PUT', async () => {
  const upload = makeUpload(makeFile(0.01))
  await upload.start()
  expect(upload.getSnapshot().status).toBe('done')
  expect(store.signed).toEqual([])
  expect(store.arrivals).toEqual([1])
})

describe.each<[Fault, number]>([
  ['expired', 2],
  ['access_denied_400', 2],
  ['server_error', 2],
  ['reset', 2],
  ['stall', 2],
  ['wrong_etag', 2],
  ['swallow', 2],
])('the store answers a part with %s', (fault, arrivals) => {
  test('it is sent again and the file is whole', async () => {
    store.faults.set(3, [fault])
    const file = makeFile(6)
    const upload = makeUpload(file)
    await upload.start()
    expect(upload.getSnapshot()).toMatchObject({ status: 'done', error: null, hasRestarted: false })
    expect(store.arrivals.filter((number) => number === 3)).toHaveLength(arrivals)
    expect(store.joined().equals(await bytesOf(file))).toBe(true)
  })
})

test.each<Fault>(['expired', 'access_denied_400'])('%s asks for a fresh signature, of that part', async (fault) => {
  store.faults.set(5, [fault])
  await makeUpload(makeFile(6)).start()
  expect(store.signed.flat().filter((number) => number === 5)).toHaveLength(2)
})

test('repeatedly refused signatures end the upload, with the reason', async () => {
  store.faults.set(2, ['expired', 'expired', 'expired', 'expired'])
  const upload = makeUpload(makeFile(3))
  await upload.start()
  expect(upload.getSnapshot().status).toBe('failed')
  expect((upload.getSnapshot().error as TransferFault).kind).toBe('expired')
})

test('an expired single URL gets a new grant', async () => {
  store.faults.set(1, ['access_denied_400'])
  const upload = makeUpload(makeFile(0.01))
  await upload.start()
  expect(upload.getSnapshot().status).toBe('done')
  expect(store.grants).toBe(2)
  expect(store.aborted).toEqual(['single-1'])
})

test('a part that the store has with different bytes restarts the upload automatically', async () => {
  store.faults.set(2, ['changed'])
  const file = makeFile(4)
  const upload = makeUpload(file)
  await upload.start()
  expect(upload.getSnapshot()).toMatchObject({ status: 'done', hasRestarted: true })
  expect(store.grants).toBe(2)
  expect(store.aborted).toEqual(['upload-1'])
  expect(store.joined().equals(await bytesOf(file))).toBe(true)
})

test('a tab killed at 60 % is resumed: only the missing parts are sent', async () => {
  const file = makeFile(10)
  const killed = makeUpload(file)
  store.onArrival = (number) => {
    if (number === 7) void killed.pause()
  }
  await killed.start()
  // What was on the wire when the tab died may still land.
  await new Promise((resolve) => setTimeout(resolve, 50))
  const before = store.bodies.size
  expect(before).toBeGreaterThanOrEqual(3)
  expect(before).toBeLessThan(10)

  store.onArrival = () => undefined
  store.arrivals.length = 0
  const again = makeUpload(makeFile(10))
  await again.start()
  expect(again.getSnapshot().status).toBe('done')
  expect(store.grants).toBe(1)
  expect(store.arrivals).toHaveLength(10 - before)
  expect(store.joined().equals(await bytesOf(file))).toBe(true)
})

test("another browser's upload is found by its fingerprint, and only the rest is sent", async () => {
  const file = makeFile(10)
  const elsewhere = makeUpload(file)
  store.onArrival = (number) => {
    if (number === 7) void elsewhere.pause()
  }
  await elsewhere.start()
  await new Promise((resolve) => setTimeout(resolve, 50))
  const [started] = await indexedMemory.list()
  if (!started) throw new Error('the upload was not remembered')
  // This browser knows nothing of it: a new one, or its storage was cleared.
  await indexedMemory.forget(started.fingerprint)
  const listed = { id: started.uploadId, filename: file.name, size_bytes: file.size, created_at: started.savedAt }
  store.listed = [
    { ...listed, id: 'of-another-file', fingerprint: 'other' },
    { ...listed, fingerprint: started.fingerprint },
  ]
  const before = store.bodies.size
  store.onArrival = () => undefined
  store.arrivals.length = 0
  const again = makeUpload(makeFile(10))
  await again.start()
  expect(again.getSnapshot()).toMatchObject({ status: 'done', hasRestarted: false })
  expect(store.grants).toBe(1)
  expect(store.arrivals).toHaveLength(10 - before)
  expect(store.joined().equals(await bytesOf(file))).toBe(true)
})

test('an upload that the store has lost restarts automatically', async () => {
  const upload = makeUpload(makeFile(8))
  store.onArrival = (number) => {
    if (number === 6) void upload.pause()
  }
  await upload.start()
  store.onArrival = () => undefined
  store.forgetParts()

  const again = makeUpload(makeFile(8))
  await again.start()
  expect(again.getSnapshot()).toMatchObject({ status: 'done', hasRestarted: true })
  expect(store.grants).toBe(2)
})

test('an upload that was already complete sends nothing again', async () => {
  const first = makeUpload(makeFile(3))
  const complete = store.api.complete
  store.api.complete = async (id, signal) => {
    await complete(id, signal)
    void first.pause()
    throw new DOMException('the answer was lost', 'AbortError')
  }
  await first.start()
  expect(first.getSnapshot().status).toBe('paused')
  store.arrivals.length = 0
  const again = makeUpload(makeFile(3))
  await again.start()
  expect(again.getSnapshot().status).toBe('done')
  expect(store.arrivals).toEqual([])
})

test('a file that has changed is a different file', async () => {
  const upload = makeUpload(makeFile(6))
  store.onArrival = (number) => {
    if (number === 4) void upload.pause()
  }
  await upload.start()
  store.onArrival = () => undefined
  const bytes = await makeFile(6).arrayBuffer()
  const other = makeUpload(new File([bytes], 'film.mp4', { lastModified: 2 }))
  await other.start()
  expect(store.grants).toBe(2)
})

test('pause and resume keep the uploaded parts; the bar never moves back', async () => {
  const upload = makeUpload(makeFile(8))
  const seen: number[] = []
  upload.subscribe(() => seen.push(upload.getSnapshot().sentBytes))
  store.faults.set(2, ['reset'])
  store.onArrival = (number) => {
    if (number === 5) void upload.pause()
  }
  await upload.start()
  expect(upload.getSnapshot().status).toBe('paused')
  store.onArrival = () => undefined
  upload.requeue()
  await upload.start()
  expect(upload.getSnapshot().status).toBe('done')
  expect(seen).toEqual([...seen].sort((left, right) => left - right))
})

test('cancelling deletes the upload at the store and in this browser', async () => {
  const upload = makeUpload(makeFile(8))
  const cancelled = new Promise<void>((resolve) => {
    store.onArrival = (number) => {
      if (number === 3) resolve(upload.cancel())
    }
  })
  await upload.start()
  await cancelled
  expect(upload.getSnapshot().status).toBe('cancelled')
  expect(store.aborted).toEqual(['upload-1'])
  expect(await indexedMemory.list()).toEqual([])
})

test('without a network it waits, and resumes when it is back', async () => {
  let goOnline: () => void = () => undefined
  let isOnline = false
  const connectivity: Connectivity = {
    isOnline: () => isOnline,
    untilOnline: () => new Promise((resolve) => (goOnline = () => ((isOnline = true), resolve()))),
  }
  store.faults.set(1, ['reset'])
  const upload = makeUpload(makeFile(2), { connectivity })
  const done = upload.start()
  await vi.waitFor(() => expect(upload.getSnapshot().status).toBe('waiting'))
  goOnline()
  await done
  expect(upload.getSnapshot().status).toBe('done')
})

test('an outage of a minute is survived, although the browser says online', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  const back = Date.now() + 60_000
  const sign = store.api.signParts
  store.api.signParts = async (...given) => {
    if (Date.now() < back) throw unreachable()
    return await sign(...given)
  }
  const upload = makeUpload(makeFile(1), { stallMs: 120_000 })
  const done = upload.start()
  for (let second = 0; second < 90; second += 1) await vi.advanceTimersByTimeAsync(1000)
  vi.useRealTimers()
  await done
  expect(upload.getSnapshot().status).toBe('done')
})

test('a final error of the API ends the upload with its problem', async () => {
  store.api.startMultipart = async () => {
    throw new ProblemError({ ...unreachable().problem, status: 409, code: 'too_many_uploads', retryable: false })
  }
  const upload = makeUpload(makeFile(2))
  await upload.start()
  expect(upload.getSnapshot()).toMatchObject({ status: 'failed', error: { code: 'too_many_uploads' } })
})

test('blocked storage never stops an upload', async () => {
  const open = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('no', 'SecurityError')
  })
  const upload = makeUpload(makeFile(3))
  await upload.start()
  expect(upload.getSnapshot().status).toBe('done')
  open.mockRestore()
})

test('a second tab does not send the same file', async () => {
  const request = vi.fn(async (_name: string, _options: unknown, work: (lock: null) => Promise<unknown>) => await work(null))
  Object.defineProperty(navigator, 'locks', { value: { request }, configurable: true })
  const upload = makeUpload(makeFile(3))
  await upload.start()
  expect(upload.getSnapshot().error?.name).toBe('UploadedElsewhere')
  expect(store.arrivals).toEqual([])
  Reflect.deleteProperty(navigator, 'locks')
})

test('the queue sends two files at once and the third after them', async () => {
  const queue = new UploadQueue()
  const uploads = ['a.mp4', 'b.mp4', 'c.mp4'].map((name) => makeUpload(makeFile(0.01, name)))
  uploads.forEach((upload) => queue.add(upload))
  expect(uploads.map((upload) => upload.getSnapshot().status)).toEqual(['preparing', 'preparing', 'queued'])
  expect(queue.isBusy()).toBe(true)
  await vi.waitFor(() => expect(uploads.map((upload) => upload.getSnapshot().status)).toEqual(['done', 'done', 'done']))
  expect(queue.isBusy()).toBe(false)
})

function unreachable(): ProblemError {
  return new ProblemError({ type: '', title: '', status: 0, detail: '', code: 'unreachable', retryable: true, request_id: '' })
}

/**
 * A store for the engine's tests: a real HTTP server that accepts parts as S3 does, and can be told
 * to fail the ways stores and networks fail. The API beside it (grants, signatures, lists) is
 * answered in process.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { OpenUpload, StoredPart, StoredUpload, UploadApi } from './ports'

export type Fault = 'expired' | 'access_denied_400' | 'server_error' | 'reset' | 'stall' | 'wrong_etag' | 'changed' | 'swallow'

export const PART_BYTES = 64 * 1024

export class TestingStore {
  /** Faults by part number; each is used once, in order. */
  readonly faults = new Map<number, Fault[]>()
  readonly bodies = new Map<number, Buffer>()
  readonly arrivals: number[] = []
  readonly signed: number[][] = []
  readonly aborted: string[] = []
  /** What the API lists as open, whichever browser started it. */
  listed: OpenUpload[] = []
  status: StoredUpload['status'] = 'open'
  grants = 0
  completed = 0
  mostInFlight = 0
  /** Called when a part starts to arrive. */
  onArrival: (partNumber: number) => void = () => undefined
  private inFlight = 0
  private readonly etags = new Map<number, string>()
  private readonly server: Server
  private sizeBytes = 0

  constructor() {
    this.server = createServer((request, response) => void this.answer(request, response))
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve))
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  joined(): Buffer {
    const numbers = [...this.bodies.keys()].sort((left, right) => left - right)
    return Buffer.concat(numbers.map((number) => this.bodies.get(number) ?? Buffer.alloc(0)))
  }

  /** What a restart of the local store does to open uploads. */
  forgetParts(): void {
    this.status = 'lost'
    this.bodies.clear()
    this.etags.clear()
  }

  readonly api: UploadApi = {
    startSingle: async () => {
      this.grants += 1
      return { id: `single-${this.grants}`, s3_key: 'users/u/source.mp4', url: this.url(1), headers: {} }
    },
    startMultipart: async ({ size_bytes }) => {
      this.grants += 1
      this.status = 'open'
      this.sizeBytes = size_bytes
      return this.grant()
    },
    signParts: async (_id, numbers) => {
      this.signed.push(numbers)
      return numbers.map((part_number) => ({ part_number, url: this.url(part_number) }))
    },
    listOpen: async () => this.listed,
    findUpload: async () => ({ ...this.grant(), status: this.status, parts: this.parts() }),
    complete: async () => {
      this.completed += 1
      this.status = 'completed'
      return { s3_key: 'users/u/source.mp4' }
    },
    abort: async (id) => {
      this.aborted.push(id)
    },
  }

  private grant() {
    const part_count = Math.ceil(this.sizeBytes / PART_BYTES)
    return { id: `upload-${this.grants}`, s3_key: 'users/u/source.mp4', part_size_bytes: PART_BYTES, part_count }
  }

  private parts(): StoredPart[] {
    return [...this.bodies].map(([part_number, body]) => ({
      part_number,
      etag: `"${this.etags.get(part_number) ?? md5(body)}"`,
      size_bytes: body.length,
    }))
  }

  private url(partNumber: number): string {
    const { port } = this.server.address() as AddressInfo
    return `http://127.0.0.1:${port}/bucket/source.mp4?partNumber=${partNumber}`
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Access-Control-Allow-Origin', '*')
    response.setHeader('Access-Control-Allow-Methods', 'PUT')
    response.setHeader('Access-Control-Allow-Headers', '*')
    response.setHeader('Access-Control-Expose-Headers', 'ETag')
    if (request.method === 'OPTIONS') return void response.writeHead(204).end()
    const partNumber = Number(new URL(request.url ?? '', 'http://store').searchParams.get('partNumber'))
    this.inFlight += 1
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight)
    response.on('close', () => (this.inFlight -= 1))
    this.arrivals.push(partNumber)
    this.onArrival(partNumber)
    const fault = this.faults.get(partNumber)?.shift()
    if (fault === 'reset') return void request.socket.resetAndDestroy()
    if (fault === 'stall') return
    const body = await readBody(request)
    if (body) this.settle(partNumber, body, fault, response)
  }

  private settle(partNumber: number, body: Buffer, fault: Fault | undefined, response: ServerResponse): void {
    if (fault === 'expired') return void response.writeHead(403).end('<Code>AccessDenied</Code>')
    if (fault === 'access_denied_400') return void response.writeHead(400).end('<Code>AccessDenied</Code>')
    if (fault === 'server_error') return void response.writeHead(500).end('<Code>InternalError</Code>')
    if (fault === 'changed') return void response.writeHead(501).end('<Code>NotImplemented</Code>')
    this.etags.set(partNumber, fault === 'wrong_etag' ? 'of-other-bytes' : md5(body))
    if (fault !== 'swallow') this.bodies.set(partNumber, body)
    response.setHeader('ETag', `"${md5(body)}"`)
    response.writeHead(200).end()
  }
}

function md5(body: Buffer): string {
  return createHash('md5').update(body).digest('hex')
}

/** null when the client disconnected half way. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  } catch {
    return null
  }
}

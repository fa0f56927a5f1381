/**
 * Why bytes did not arrive, and what helps: each kind has one remedy.
 *
 * expired: sign again. server, network, stalled: wait and send again. changed, lost: a new upload.
 * unreadable: the file on disk was moved or changed; the person must choose it again. refused: nothing helps.
 */
export type FaultKind = 'expired' | 'server' | 'network' | 'stalled' | 'changed' | 'lost' | 'unreadable' | 'refused'

export class TransferFault extends Error {
  override readonly name = 'TransferFault'
  readonly kind: FaultKind

  constructor(kind: FaultKind, detail: string) {
    super(detail)
    this.kind = kind
  }
}

/**
 * Reads the store's refusal. S3 answers an expired signature with 403; rclone's store says 400 with
 * AccessDenied. A part sent again with other bytes is 501 there, and a forgotten upload 404 NoSuchUpload.
 */
export function classifyAnswer(status: number, body: string): TransferFault {
  const detail = `The store answered ${status}.`
  if (status === 403) return new TransferFault('expired', detail)
  if (status === 400 && /AccessDenied|ExpiredToken|RequestTimeTooSkewed/.test(body)) return new TransferFault('expired', detail)
  if (status === 400 && /RequestTimeout|IncompleteBody|BadDigest/.test(body)) return new TransferFault('server', detail)
  if (status === 404) return new TransferFault('lost', detail)
  if (status === 501) return new TransferFault('changed', detail)
  if (status === 408 || status === 429 || status >= 500) return new TransferFault('server', detail)
  return new TransferFault('refused', detail)
}

/** True where the same bytes may be sent again after a pause. */
export function isPassing(kind: FaultKind): boolean {
  return kind === 'server' || kind === 'network' || kind === 'stalled'
}

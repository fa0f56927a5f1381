/**
 * Why a transfer failed. Each kind has one remedy.
 *
 * expired: sign again. server, network, stalled: back off and send again. changed, lost: start a
 * new upload. unreadable: the file on disk was moved or changed and must be chosen again. refused:
 * nothing helps.
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
 * Classifies the store's error. S3 answers an expired signature with 403; rclone's store with 400
 * and AccessDenied. There, a part that is sent again with different bytes gets 501, and an unknown
 * upload 404 NoSuchUpload.
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

/** True where the same bytes can be sent again after a pause. */
export function isPassing(kind: FaultKind): boolean {
  return kind === 'server' || kind === 'network' || kind === 'stalled'
}

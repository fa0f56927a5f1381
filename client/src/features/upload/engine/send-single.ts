/**
 * Sends a small file in one PUT. Its URL cannot be signed again, so an expired one needs a new
 * grant.
 */
import { withRetries } from './retry'
import type { FileFacts, SingleGrant } from './ports'
import { putReadable, type SendContext } from './send-multipart'

export async function sendSingle(facts: FileFacts, context: SendContext): Promise<string> {
  const { api, signal, file } = context
  let grant: SingleGrant | null = null
  const send = async () => {
    grant ??= await api.startSingle(facts, signal)
    context.onGrant(grant.id)
    context.onSent(0)
    const { url, headers, s3_key } = grant
    await putReadable(url, file, { headers, signal, onSent: context.onSent, stallMs: context.stallMs })
    return s3_key
  }
  const renew = () => {
    // Otherwise the old upload would count against the limit of open uploads until it expires.
    if (grant) void api.abort(grant.id).catch(() => undefined)
    grant = null
  }
  const s3Key = await withRetries(send, { ...context, onExpired: renew })
  context.onFinishing()
  return s3Key
}

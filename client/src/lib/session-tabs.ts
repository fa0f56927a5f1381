/**
 * Tells the other tabs of this browser who is signed in now: they share the cookie and would keep
 * showing the previous user.
 */
import type { Me } from './api/models'

const CHANNEL = 'videoforge-session'

/** `userId` is null after sign-out. Without BroadcastChannel a tab learns it from the API. */
export function tellTabs(me: Me | null): void {
  if (typeof BroadcastChannel === 'undefined') return
  const channel = new BroadcastChannel(CHANNEL)
  channel.postMessage({ userId: me?.id ?? null })
  channel.close()
}

/** Returns the function that unsubscribes. */
export function listenToTabs(listener: (userId: string | null) => void): () => void {
  if (typeof BroadcastChannel === 'undefined') return () => undefined
  const channel = new BroadcastChannel(CHANNEL)
  channel.onmessage = ({ data }: MessageEvent<{ userId: string | null }>) => listener(data.userId)
  return () => channel.close()
}

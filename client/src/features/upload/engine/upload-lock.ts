/** Thrown when another tab of this browser is sending the same file. */
export class UploadedElsewhere extends Error {
  override readonly name = 'UploadedElsewhere'
}

/**
 * Runs the work while no other tab can do the same. A browser without Web Locks runs it without a
 * lock.
 */
export async function withUploadLock<T>(fingerprint: string, work: () => Promise<T>): Promise<T> {
  if (!('locks' in navigator)) return await work()
  return await navigator.locks.request(`videoforge-upload-${fingerprint}`, { ifAvailable: true }, async (lock) => {
    if (!lock) throw new UploadedElsewhere('Another tab is sending this file.')
    return await work()
  })
}

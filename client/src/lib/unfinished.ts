/**
 * Work that leaving the page would interrupt, registered by the features that do it, so that the
 * first page can ask without loading them.
 */
const checks = new Set<() => boolean>()

export function addUnfinished(isBusy: () => boolean): void {
  checks.add(isBusy)
}

export function isUnfinished(): boolean {
  return [...checks].some((isBusy) => isBusy())
}

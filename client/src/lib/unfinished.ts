/** What would be broken off by leaving, told by those who do it, so that the first page need not load them to ask. */
const checks = new Set<() => boolean>()

export function addUnfinished(isBusy: () => boolean): void {
  checks.add(isBusy)
}

export function isUnfinished(): boolean {
  return [...checks].some((isBusy) => isBusy())
}

/** Small choices kept in this browser (theme, language, volume). Storage may be forbidden: then for this page only. */
const PREFIX = 'videoforge.'

export function readSetting(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name)
  } catch {
    return null
  }
}

export function saveSetting(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name)
    else localStorage.setItem(PREFIX + name, value)
  } catch {
    // Nothing depends on it.
  }
}

/** The names that begin so. */
export function listSettings(beginning: string): string[] {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX + beginning))
      .map((key) => key.slice(PREFIX.length))
  } catch {
    return []
  }
}

const beginningOf = (userId: string) => `of.${userId}.`

/** The name of what a person typed or chose that is nobody else's business. */
export function nameOwned(userId: string, name: string): string {
  return beginningOf(userId) + name
}

/** Whoever signs out leaves nothing of theirs to the next one at this computer. */
export function forgetOwned(userId: string): void {
  for (const name of listSettings(beginningOf(userId))) saveSetting(name, null)
}

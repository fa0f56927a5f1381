/**
 * Small settings kept in this browser (theme, language, volume). Where storage is blocked they last
 * as long as the page.
 */
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
    // Not essential.
  }
}

/** The names of the settings with this prefix. */
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

/** The name of a user's private setting, such as a draft. */
export function nameOwned(userId: string, name: string): string {
  return beginningOf(userId) + name
}

/**
 * Deletes the private settings of a user who signs out, so that the next user of this computer does
 * not see them.
 */
export function forgetOwned(userId: string): void {
  for (const name of listSettings(beginningOf(userId))) saveSetting(name, null)
}

/** Light, dark, or the system setting. public/theme.js does the same before the first paint. */
import { useSyncExternalStore } from 'react'
import { readSetting, saveSetting } from './local-setting'

export type Theme = 'system' | 'light' | 'dark'

const listeners = new Set<() => void>()

function findTheme(): Theme {
  const saved = readSetting('theme')
  return saved === 'light' || saved === 'dark' ? saved : 'system'
}

let theme: Theme = findTheme()

function apply(): void {
  const systemDark = matchMedia('(prefers-color-scheme: dark)').matches
  document.documentElement.classList.toggle('dark', theme === 'dark' || (theme === 'system' && systemDark))
}

export function chooseTheme(next: Theme): void {
  theme = next
  saveSetting('theme', next === 'system' ? null : next)
  apply()
  listeners.forEach((listener) => listener())
}

export function watchSystemTheme(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', apply)
  apply()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => theme)
}

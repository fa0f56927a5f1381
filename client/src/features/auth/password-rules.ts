/** The user pool's rules, checked while typing; the API has the last word. */
import { LIMITS, PASSWORD_SIGNS } from '@/lib/api/vocabulary'

const SIGNS = new Set(PASSWORD_SIGNS)

export const RULES = ['length', 'upper', 'lower', 'digit', 'sign'] as const
export type Rule = (typeof RULES)[number]

export function findMetRules(password: string): Set<Rule> {
  const met = new Set<Rule>()
  if (password.length >= LIMITS.passwordMinCharacters) met.add('length')
  if (/[A-Z]/.test(password)) met.add('upper')
  if (/[a-z]/.test(password)) met.add('lower')
  if (/[0-9]/.test(password)) met.add('digit')
  if ([...password].some((character) => SIGNS.has(character))) met.add('sign')
  return met
}

export function isStrong(password: string): boolean {
  return findMetRules(password).size === RULES.length
}

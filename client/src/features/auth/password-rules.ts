/** The user pool's rules, checked as one types; the API has the last word. */
const SIGNS = new Set('^$*.[]{}()?-"!@#%&/\\,><\':;|_~`+=')

export const RULES = ['length', 'upper', 'lower', 'digit', 'sign'] as const
export type Rule = (typeof RULES)[number]

export function findMetRules(password: string): Set<Rule> {
  const met = new Set<Rule>()
  if (password.length >= 8) met.add('length')
  if (/[A-Z]/.test(password)) met.add('upper')
  if (/[a-z]/.test(password)) met.add('lower')
  if (/[0-9]/.test(password)) met.add('digit')
  if ([...password].some((character) => SIGNS.has(character))) met.add('sign')
  return met
}

export function isStrong(password: string): boolean {
  return findMetRules(password).size === RULES.length
}

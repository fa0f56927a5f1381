/**
 * Who is signed in. The session itself is a cookie that no script can read; this only asks the API.
 *
 * A change of who is signed in is told here (`changeUser`), by whoever sees it first: sign-out, a refused
 * request, an answer that names somebody else. The app then begins anew with nothing of the former one.
 */
import { queryOptions, useQuery } from '@tanstack/react-query'
import { request } from './api/request'
import type { Me } from './api/models'
import { tellTabs } from './session-tabs'

export type { Me } from './api/models'

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }): Promise<Me | null> => (await request('get', '/api/auth/session', { signal })).user,
  staleTime: 5 * 60_000,
})

/** undefined while not yet known, null when nobody is signed in. */
export function useMe(): Me | null | undefined {
  return useQuery(meQuery).data
}

export function isAdmin(me: Me | null | undefined): boolean {
  return me?.groups.includes('admin') ?? false
}

/** Where to go after signing in: a path of ours, never another site. */
export function safeNext(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : '/my-videos'
}

export interface UserChange {
  me: Me | null
  /** Where to go; left out to stay, as far as the new one may be there. */
  to?: string
}

const listeners = new Set<(change: UserChange) => void>()

export function changeUser(change: UserChange): void {
  tellTabs(change.me)
  listeners.forEach((listener) => listener(change))
}

/** Returns the way to stop. */
export function onUserChange(listener: (change: UserChange) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/**
 * Who is signed in. The session is a cookie that scripts cannot read; this only asks the API.
 *
 * Whoever notices a change of the user first (sign-out, a 401, a response that names another user)
 * calls `changeUser`. The app is then rebuilt without any data of the previous user.
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

/** undefined while unknown, null when nobody is signed in. */
export function useMe(): Me | null | undefined {
  return useQuery(meQuery).data
}

export function isAdmin(me: Me | null | undefined): boolean {
  return me?.groups.includes('admin') ?? false
}

/** Where to go after sign-in: a path of this site, never another site. */
export function safeNext(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : '/my-videos'
}

export interface UserChange {
  me: Me | null
  /** Where to go; without it the page stays, if the new user may see it. */
  to?: string
}

const listeners = new Set<(change: UserChange) => void>()

export function changeUser(change: UserChange): void {
  tellTabs(change.me)
  listeners.forEach((listener) => listener(change))
}

/** Returns the function that unsubscribes. */
export function onUserChange(listener: (change: UserChange) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

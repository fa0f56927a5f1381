/** Who is signed in. The session itself is a cookie that no script can read; this only asks the API. */
import { queryOptions, useQuery } from '@tanstack/react-query'
import { isProblem } from './api/problem'
import { request } from './api/request'
import type { Me } from './api/models'

export type { Me } from './api/models'

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      return await request('get', '/api/auth/me', { signal })
    } catch (error) {
      if (isProblem(error) && error.status === 401) return null
      throw error
    }
  },
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

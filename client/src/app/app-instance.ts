/**
 * Everything that belongs to one user in this tab: the query client with the API's data, and the
 * router.
 */
import type { QueryClient } from '@tanstack/react-query'
import type { RouterHistory } from '@tanstack/react-router'
import { buildQueryClient } from '@/lib/query-client'
import { meQuery, type Me } from '@/lib/session'
import { buildRouter, type AppRouter } from './router'

export interface AppInstance {
  queryClient: QueryClient
  router: AppRouter
}

/** `me` is undefined while unknown. */
export function buildAppInstance(history: RouterHistory, me?: Me | null): AppInstance {
  const queryClient = buildQueryClient()
  if (me !== undefined) queryClient.setQueryData(meQuery.queryKey, me)
  return { queryClient, router: buildRouter(queryClient, history) }
}

/** All that belongs to one person in this tab: the API's answers, and the router that shows them. */
import type { QueryClient } from '@tanstack/react-query'
import type { RouterHistory } from '@tanstack/react-router'
import { buildQueryClient } from '@/lib/query-client'
import { meQuery, type Me } from '@/lib/session'
import { buildRouter, type AppRouter } from './router'

export interface AppInstance {
  queryClient: QueryClient
  router: AppRouter
}

/** `me` is undefined where nobody has asked yet. */
export function buildAppInstance(history: RouterHistory, me?: Me | null): AppInstance {
  const queryClient = buildQueryClient()
  if (me !== undefined) queryClient.setQueryData(meQuery.queryKey, me)
  return { queryClient, router: buildRouter(queryClient, history) }
}

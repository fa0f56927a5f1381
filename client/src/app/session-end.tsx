import type { QueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { onSignedOut } from '@/lib/api/request'
import { meQuery } from '@/lib/session'
import type { AppRouter } from './router'

/** A session that ends sends people to sign in, and back to where they were. */
export function SessionEnd({ queryClient, router }: { queryClient: QueryClient; router: AppRouter }) {
  useEffect(
    () =>
      onSignedOut(() => {
        // Who was not signed in has lost nothing: public pages and the embedded player go on.
        if (!queryClient.getQueryData(meQuery.queryKey)) return
        queryClient.setQueryData(meQuery.queryKey, null)
        void router.navigate({ to: '/login', search: { next: router.state.location.href, ended: true } })
      }),
    [queryClient, router],
  )
  return null
}

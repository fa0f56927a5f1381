/** Who may open a page. The API checks everything again; this only spares people pages that would refuse them. */
import type { QueryClient } from '@tanstack/react-query'
import { redirect } from '@tanstack/react-router'
import { isAdmin, meQuery } from '@/lib/session'

export interface RouterContext {
  queryClient: QueryClient
}

interface Guarded {
  context: RouterContext
  location: { href: string }
}

export async function requireUser({ context, location }: Guarded): Promise<void> {
  const me = await context.queryClient.ensureQueryData(meQuery)
  if (!me) throw redirect({ to: '/login', search: { next: location.href } })
}

export async function requireAdmin(given: Guarded): Promise<void> {
  await requireUser(given)
  const me = await given.context.queryClient.ensureQueryData(meQuery)
  if (!isAdmin(me)) throw redirect({ to: '/my-videos' })
}

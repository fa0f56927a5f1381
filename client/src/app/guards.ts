/**
 * Who may open a page. The API checks everything again; this only avoids opening pages that would
 * be refused.
 */
import type { QueryClient } from '@tanstack/react-query'
import { redirect } from '@tanstack/react-router'
import { isAdmin, meQuery, safeNext, type Me } from '@/lib/session'

export interface RouterContext {
  queryClient: QueryClient
}

interface Guarded {
  context: RouterContext
  location: { href: string }
}

/**
 * Whose session ended in this tab (expired, ended elsewhere, or signed out), and on which page.
 * Only that user is sent back to it.
 */
let ended: { userId: string; place: string } | null = null

export function rememberEnded(me: Me, place: string): void {
  ended = { userId: me.id, place }
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

/**
 * Sign-in and registration are for signed-out users; others go on to `next`, or to `home` without
 * one.
 */
export async function requireNobody({ context, search, home }: Pick<Guarded, 'context'> & { search: { next?: string | undefined }; home?: string }): Promise<void> {
  const me = await context.queryClient.ensureQueryData(meQuery).catch(() => null)
  if (!me) return
  const isOthersPlace = ended !== null && ended.userId !== me.id && ended.place === search.next
  ended = null
  throw redirect({ href: safeNext(isOthersPlace ? undefined : (search.next ?? home)) })
}

import type { QueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { onSignedOut } from '@/lib/api/request'
import { changeUser, meQuery, type Me } from '@/lib/session'
import { listenToTabs } from '@/lib/session-tabs'
import { rememberEnded } from './guards'
import type { AppRouter } from './router'

/**
 * Notices that another user is signed in, or none, whether it happened here, in another tab, or
 * because the session expired.
 */
export function SessionWatch({ queryClient, router }: { queryClient: QueryClient; router: AppRouter }) {
  useEffect(() => {
    const getMe = () => queryClient.getQueryData<Me | null>(meQuery.queryKey)
    const askAgain = () => void queryClient.fetchQuery({ ...meQuery, staleTime: 0 }).catch(() => undefined)
    let known = getMe()
    const stopAnswers = queryClient.getQueryCache().subscribe(({ query, type }) => {
      if (type !== 'updated' || query.queryKey[0] !== meQuery.queryKey[0]) return
      const me = getMe()
      const isOther = known !== undefined && me !== undefined && me?.id !== known?.id
      if (isOther && known) rememberEnded(known, router.state.location.href)
      known = me
      if (!isOther || me === undefined) return
      changeUser({ me })
    })
    const stopRefusals = onSignedOut(() => {
      // A visitor loses nothing: public pages and the embedded player keep working.
      if (!known) return
      rememberEnded(known, router.state.location.href)
      known = null
      changeUser({ me: null, to: router.buildLocation({ to: '/login', search: { next: router.state.location.href, ended: true } }).href })
    })
    const stopTabs = listenToTabs((userId) => {
      // A page that never asked who is signed in, such as the embedded player, shows nothing that
      // depends on it.
      if (known !== undefined && userId !== (known?.id ?? null)) askAgain()
    })
    const onShow = (event: PageTransitionEvent) => event.persisted && known !== undefined && askAgain()
    window.addEventListener('pageshow', onShow)
    return () => {
      stopAnswers()
      stopRefusals()
      stopTabs()
      window.removeEventListener('pageshow', onShow)
    }
  }, [queryClient, router])
  return null
}

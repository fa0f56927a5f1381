import { QueryClientProvider } from '@tanstack/react-query'
import { createBrowserHistory, RouterProvider, type RouterHistory } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { Toasts } from '@/components/toasts'
import { getConfig } from '@/lib/config'
import { forgetAnswers } from '@/lib/query-client'
import { onUserChange } from '@/lib/session'
import { SessionWatch } from './session-watch'
import { buildAppInstance, type AppInstance } from './app-instance'

interface AppProps {
  history?: RouterHistory
  build?: typeof buildAppInstance
}

/**
 * The app for the user who is signed in. When the user changes it is rebuilt, and nothing of the
 * previous user stays in memory.
 */
export function App({ history: given, build = buildAppInstance }: AppProps) {
  const [history] = useState(() => given ?? createBrowserHistory())
  const [instance, setInstance] = useState<AppInstance | null>(() => build(history))
  const shown = useRef(instance)
  useEffect(
    () =>
      onUserChange(({ me, to }) => {
        // Unmount first: components that still observe the previous user's queries would keep
        // showing them.
        flushSync(() => setInstance(null))
        if (shown.current) forgetAnswers(shown.current.queryClient)
        document.title = getConfig().site_name
        if (to) history.push(to)
        shown.current = build(history, me)
        setInstance(shown.current)
      }),
    [build, history],
  )
  if (!instance) return null
  return (
    <QueryClientProvider client={instance.queryClient}>
      <SessionWatch queryClient={instance.queryClient} router={instance.router} />
      <Toasts>
        <RouterProvider router={instance.router} />
      </Toasts>
    </QueryClientProvider>
  )
}

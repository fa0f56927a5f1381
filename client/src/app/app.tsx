import { QueryClientProvider } from '@tanstack/react-query'
import { createBrowserHistory, RouterProvider, type RouterHistory } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { Toasts } from '@/components/toasts'
import { getConfig } from '@/lib/config'
import { forgetAnswers } from '@/lib/query-client'
import { onUserChange } from '@/lib/session'
import { SessionWatch } from './session-watch'
import { buildWorld, type World } from './world'

interface AppProps {
  history?: RouterHistory
  build?: typeof buildWorld
}

/**
 * The app for the user who is signed in. When the user changes it is rebuilt, and nothing of the
 * previous user stays in memory.
 */
export function App({ history: given, build = buildWorld }: AppProps) {
  const [history] = useState(() => given ?? createBrowserHistory())
  const [world, setWorld] = useState<World | null>(() => build(history))
  const shown = useRef(world)
  useEffect(
    () =>
      onUserChange(({ me, to }) => {
        // Unmount first: components that still observe the previous user's queries would keep
        // showing them.
        flushSync(() => setWorld(null))
        if (shown.current) forgetAnswers(shown.current.queryClient)
        document.title = getConfig().site_name
        if (to) history.push(to)
        shown.current = build(history, me)
        setWorld(shown.current)
      }),
    [build, history],
  )
  if (!world) return null
  return (
    <QueryClientProvider client={world.queryClient}>
      <SessionWatch queryClient={world.queryClient} router={world.router} />
      <Toasts>
        <RouterProvider router={world.router} />
      </Toasts>
    </QueryClientProvider>
  )
}

import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useState } from 'react'
import { Toasts } from '@/components/toasts'
import { buildQueryClient } from '@/lib/query-client'
import { buildRouter } from './router'
import { SessionEnd } from './session-end'

export function App() {
  const [queryClient] = useState(buildQueryClient)
  const [router] = useState(() => buildRouter(queryClient))
  return (
    <QueryClientProvider client={queryClient}>
      <SessionEnd queryClient={queryClient} router={router} />
      <Toasts>
        <RouterProvider router={router} />
      </Toasts>
    </QueryClientProvider>
  )
}

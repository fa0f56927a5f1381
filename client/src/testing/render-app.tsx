/** The whole app at an address, over the API in memory: what a person would see. */
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query'
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router'
import { render } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { buildRouter } from '@/app/router'
import { SessionEnd } from '@/app/session-end'
import { Toasts } from '@/components/toasts'
import { startI18n } from '@/lib/i18n'
import { buildQueryClient } from '@/lib/query-client'
import { buildHandlers } from './api/handlers'
import { makeState, type ApiState } from './api/state'

export const server = setupServer()

/** Call once at the top of a test file. */
export function serveApiInMemory(): void {
  beforeAll(async () => {
    server.listen({ onUnhandledRequest: 'error' })
    await startI18n('en')
  })
  afterEach(() => server.resetHandlers())
  afterAll(() => server.close())
}

export async function renderApp(address: string, given: Partial<ApiState> = {}) {
  const state = makeState(given)
  server.use(...buildHandlers(state))
  const queryClient: QueryClient = buildQueryClient()
  queryClient.setDefaultOptions({ queries: { ...queryClient.getDefaultOptions().queries, retry: false } })
  const router = buildRouter(queryClient)
  const history = createMemoryHistory({ initialEntries: [address] })
  router.update({ ...router.options, history })
  const user = userEvent.setup()
  const view = render(
    <QueryClientProvider client={queryClient}>
      <SessionEnd queryClient={queryClient} router={router} />
      <Toasts>
        <RouterProvider router={router} />
      </Toasts>
    </QueryClientProvider>,
  )
  return { ...view, state, router, user, queryClient, path: () => history.location.pathname + history.location.search }
}

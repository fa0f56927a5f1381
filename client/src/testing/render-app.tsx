/** Renders the whole app at an address over the in-memory API, as a user would see it. */
import { createMemoryHistory } from '@tanstack/react-router'
import { render } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { App } from '@/app/app'
import { buildAppInstance, type AppInstance } from '@/app/app-instance'
import { startI18n } from '@/lib/i18n'
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
  const history = createMemoryHistory({ initialEntries: [address] })
  const instances: AppInstance[] = []
  const build: typeof buildAppInstance = (...known) => {
    const instance = buildAppInstance(...known)
    instance.queryClient.setDefaultOptions({ queries: { ...instance.queryClient.getDefaultOptions().queries, retry: false } })
    instances.push(instance)
    return instance
  }
  const user = userEvent.setup()
  const view = render(<App history={history} build={build} />)
  const now = () => instances.at(-1) as AppInstance
  return {
    ...view,
    state,
    user,
    /** All query clients so far, one for each user; the last one is shown. */
    instances,
    get router() {
      return now().router
    },
    path: () => history.location.pathname + history.location.search,
  }
}

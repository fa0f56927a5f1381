import { adminHandlers } from './admin-handlers'
import { authHandlers } from './auth-handlers'
import type { ApiState } from './state'
import { videoHandlers } from './video-handlers'
import { workHandlers } from './work-handlers'

/**
 * The in-memory API: for the tests, and behind `PRETEND_API=1 npm run preview` to look at pages.
 */
export function buildHandlers(state: ApiState) {
  return [...authHandlers(state), ...videoHandlers(state), ...workHandlers(state), ...adminHandlers(state)]
}

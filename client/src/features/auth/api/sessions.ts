import { queryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'
import type { Page, Session } from '@/lib/api/models'

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => request<Page<Session>>('/auth/sessions', { signal }),
})

export function endSession(id: string): Promise<void> {
  return request(`/auth/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' })
}

import { queryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => request('get', '/api/auth/sessions', { signal }),
})

export function endSession(id: string) {
  return request('delete', '/api/auth/sessions/{session_id}', { params: { path: { session_id: id } } })
}

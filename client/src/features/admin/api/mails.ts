/** The emails that an installation keeps instead of sending them. */
import { queryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'

const REFRESH_MS = 5000

export const mailsQuery = queryOptions({
  queryKey: ['admin', 'mails'],
  queryFn: ({ signal }) => request('get', '/api/admin/mails', { params: { query: { to: '' } }, signal }),
  refetchInterval: REFRESH_MS,
})

/**
 * The codes in it give access to accounts, so it is dropped from the cache when no longer shown.
 */
export const mailQuery = (id: string) =>
  queryOptions({
    queryKey: ['admin', 'mails', id],
    queryFn: ({ signal }) => request('get', '/api/admin/mails/{mail_id}', { params: { path: { mail_id: id } }, signal }),
    staleTime: Infinity,
    gcTime: 0,
  })

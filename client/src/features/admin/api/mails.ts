/** The mails that an installation keeps in place of sending them. */
import { queryOptions } from '@tanstack/react-query'
import { request } from '@/lib/api/request'

const REFRESH_MS = 5000

export const mailsQuery = queryOptions({
  queryKey: ['admin', 'mails'],
  queryFn: ({ signal }) => request('get', '/api/admin/mails', { params: { query: { to: '' } }, signal }),
  refetchInterval: REFRESH_MS,
})

/** Its codes open accounts, so it is forgotten as soon as nobody looks at it. */
export const mailQuery = (id: string) =>
  queryOptions({
    queryKey: ['admin', 'mails', id],
    queryFn: ({ signal }) => request('get', '/api/admin/mails/{mail_id}', { params: { path: { mail_id: id } }, signal }),
    staleTime: Infinity,
    gcTime: 0,
  })

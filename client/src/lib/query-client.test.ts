import { QueryObserver } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'
import { buildQueryClient, forgetAnswers } from './query-client'

afterEach(() => vi.useRealTimers())

test('no timer holds forgotten data: neither queries that were shown, nor the response that named another user', async () => {
  vi.useFakeTimers()
  const client = buildQueryClient()
  client.setQueryData(['videos'], ["Ada's bell"])
  new QueryObserver(client, { queryKey: ['videos'], staleTime: Infinity }).subscribe(() => undefined)()
  client.getQueryCache().subscribe(({ type, query }) => {
    if (type === 'updated' && query.state.data === 'bea@example.com') forgetAnswers(client)
  })
  await client.fetchQuery({ queryKey: ['me'], queryFn: () => Promise.resolve('bea@example.com') })
  await vi.advanceTimersByTimeAsync(1)
  expect(vi.getTimerCount()).toBe(0)
})

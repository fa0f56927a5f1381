import { focusManager, InfiniteQueryObserver, QueryClient } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'
import { videosQuery } from './list-videos'

afterEach(() => focusManager.setFocused(undefined))

/** The requests that are made when so many pages of an old list are opened, and then left and looked at again. */
async function countRequests(pages: number): Promise<number[]> {
  const client = new QueryClient()
  const page = { items: [], next_cursor: 'more' }
  const queryFn = vi.fn(() => Promise.resolve(page))
  const query = { ...videosQuery('public', {}), queryFn }
  const known = { pages: Array.from({ length: pages }, () => page), pageParams: Array.from({ length: pages }, () => null) }
  client.setQueryData(query.queryKey, known, { updatedAt: 1 })
  client.mount()
  const stop = new InfiniteQueryObserver(client, query).subscribe(() => undefined)
  const settle = async () => {
    await new Promise((resolve) => setTimeout(resolve)) // the client hears of a focus a little later
    await vi.waitFor(() => expect(client.isFetching()).toBe(0))
    return queryFn.mock.calls.length
  }
  const opened = await settle()
  client.setQueryData(query.queryKey, known, { updatedAt: 1 })
  focusManager.setFocused(false)
  focusManager.setFocused(true)
  const lookedAtAgain = (await settle()) - opened
  stop()
  client.unmount()
  return [opened, lookedAtAgain]
}

test('a short list is refetched when it is opened and returned to', async () => {
  expect(await countRequests(2)).toEqual([2, 2])
})

test('a long list is not', async () => {
  expect(await countRequests(200)).toEqual([0, 0])
})

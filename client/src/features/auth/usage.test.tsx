import { screen, within } from '@testing-library/react'
import { expect, test } from 'vitest'
import { makeMe, makeUsage } from '@/testing/api/data'
import { renderApp, serveApiInMemory } from '@/testing/render-app'

serveApiInMemory()

async function findRooms(title: string) {
  const card = (await screen.findByText(title)).closest('section') ?? document.body
  await within(card).findAllByRole('listitem')
  return within(card)
}

test('the account page shows usage and limits', async () => {
  await renderApp('/account')
  const rooms = await findRooms('Usage and limits')
  const shown = [
    'Videos, including trash950 MB of 1 GB',
    'Size of unfinished uploads0 bytes of 200 GB',
    'Unfinished uploads3 of 20',
    'Queued and running jobs1',
    'Open job pagesup to 20',
  ]
  for (const [index, room] of rooms.getAllByRole('listitem').entries()) expect(room).toHaveTextContent(shown[index] ?? 'nothing more')
  expect(rooms.getAllByRole('progressbar')).toHaveLength(3)
  expect(rooms.getByRole('progressbar', { name: 'Videos, including trash' })).toHaveAttribute('aria-valuenow', '95')
})

test('usage above a lowered limit shows a full bar', async () => {
  await renderApp('/account', { usage: makeUsage({ open_uploads: { used: 30, limit: 20 } }) })
  const rooms = await findRooms('Usage and limits')
  expect(rooms.getByRole('progressbar', { name: 'Unfinished uploads' })).toHaveAttribute('aria-valuenow', '100')
})

test('an administrator sees the usage of all users together', async () => {
  await renderApp('/admin', { me: makeMe({ groups: ['user', 'admin'] }) })
  const rooms = await findRooms('Usage by all users')
  expect(rooms.getAllByRole('listitem')[0]).toHaveTextContent('4.1 GB')
})

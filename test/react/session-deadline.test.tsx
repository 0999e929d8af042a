import { act, cleanup } from '@testing-library/react'
import { AuthProvider, useSessionDeadline, useUser } from 'evertoken'
import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, test } from 'vitest'
import { altered } from '../../src/testing/provider/behaviours.ts'
import { counter, pass, show, signedIn, type Here } from './setup.tsx'

afterEach(cleanup)

const MINUTE = 60_000
const counts = counter()

function Deadline() {
  counts.useCount('deadline')
  const deadline = useSessionDeadline({ warnBefore: 30_000 })
  return deadline.status === 'ending' ? `${deadline.secondsLeft} s left` : deadline.status
}

function Name() {
  counts.useCount('name')
  return useUser()?.sub
}

async function start() {
  const on = await signedIn({}, { expiresIn: 300 })
  const said = (body: string) =>
    JSON.stringify({ ...(JSON.parse(body) as object), refresh_token_expires_in: 1800 })
  on.provider.always('token', altered(said))
  await on.client.getAccessToken({ forceRefresh: true })
  return on
}

const page = (on: Here) => (
  <StrictMode>
    <AuthProvider client={on.client}>
      <Deadline /> <Name />
    </AuthProvider>
  </StrictMode>
)

test('W8 renders as the warning begins, each second of it, and not for a refresh', async () => {
  const on = await start()
  const { container } = show(page(on))
  await pass(on.world)
  expect(container.textContent).toBe('known user-1')
  counts.reset()
  await pass(on.world, 10 * MINUTE)
  await act(() => on.client.getAccessToken())
  await pass(on.world, 29 * MINUTE)
  expect(counts.of('deadline')).toBe(0)
  await pass(on.world, 30_000)
  expect(container.textContent).toBe('30 s left user-1')
  await pass(on.world, 1000)
  await pass(on.world, 1000)
  expect(container.textContent).toBe('28 s left user-1')
  expect(counts.of('deadline')).toBe(3)
  expect(counts.of('name')).toBe(0)
})

test('W8 leaves nothing behind as it unmounts', async () => {
  const on = await start()
  const { unmount } = show(page(on))
  await pass(on.world)
  unmount()
  counts.reset()
  await pass(on.world, 40 * MINUTE)
  expect(counts.of('deadline')).toBe(0)
  // Nobody asked the vault at the end.
  expect(on.tokenRequests()).toBe(2)
})

test('U18 knows of no deadline on a server', async () => {
  const on = await start()
  expect(renderToString(page(on))).toContain('unknown')
})

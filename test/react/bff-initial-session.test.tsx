// A page that a server renders for who is signed in, behind a backend.
import { act, cleanup } from '@testing-library/react'
import { AuthProvider, SignedIn, SignedOut, useAuth, useUser } from 'evertoken'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, test, vi } from 'vitest'
import { createClient } from '../../src/client/create-auth-client.ts'
import type { ServerSession } from '../../src/bff-protocol.ts'
import { bffApps } from '../client/modes/bff-device.ts'
import { counter, pass } from './setup.tsx'

afterEach(cleanup)

const count = counter()

function Account() {
  count.useCount('account')
  const { status } = useAuth()
  return (
    <p>
      {status} {String(useUser()?.['name'])}
      <SignedIn>
        <b>orders</b>
      </SignedIn>
      <SignedOut>
        <button>Sign in</button>
      </SignedOut>
    </p>
  )
}

const SHOWN: ServerSession = {
  ...{ status: 'signed-in', user: { sub: 'user-1', name: 'Ada' }, subject: 'user-1' },
  session: 'session-1',
}

/** What the server sends, and the page that takes it over. */
async function hydrated(initialSession: ServerSession, signedIn: boolean) {
  const on = bffApps()
  if (signedIn) on.bff.signIn()
  // On a server there is no page; its client is used for all requests.
  const onServer = createClient({ bff: '/bff' }, () => undefined)
  const app = (client: typeof onServer) => (
    <AuthProvider client={client} initialSession={initialSession}>
      <Account />
    </AuthProvider>
  )
  const html = renderToString(app(onServer))
  expect(onServer.getSession()).toEqual({ status: 'restoring' })
  const container = document.createElement('div')
  container.innerHTML = html
  document.body.append(container)
  const errors: unknown[] = []
  vi.spyOn(console, 'error').mockImplementation((...said) => void errors.push(said))
  const texts: (string | null)[] = [container.textContent]
  new MutationObserver(() => texts.push(container.textContent)).observe(container, {
    ...{ childList: true, characterData: true, subtree: true },
  })
  const { client, tab } = on.open()
  count.reset()
  const root = await act(async () =>
    hydrateRoot(container, app(client), { onRecoverableError: (error) => errors.push(error) }),
  )
  await pass(on.world, 100)
  // A browser fires `pageshow` when all that belongs to the page has come.
  tab.emit('wake')
  await pass(on.world, 100)
  const end = () => act(async () => root.unmount())
  return { ...on, html, client, container, errors, texts, end }
}

test('renders signed-in on the server, and hydrates without a request, a mismatch or a flash', async () => {
  const { html, client, container, errors, texts, bff, end } = await hydrated(SHOWN, true)
  expect(html).toContain('Ada')
  expect(html).toContain('orders')
  expect(client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
  expect(container.textContent).toBe(texts[0])
  expect(new Set(texts).size).toBe(1)
  expect(errors).toEqual([])
  expect(bff.log).toEqual([])
  // At hydration, and when the client knows as well.
  expect(count.of('account')).toBeLessThanOrEqual(2)
  expect(await client.getAccessToken()).toBe('access-token-1')
  expect(bff.requests('token')[0]?.headers.get('x-session')).toBe('session-1')
  await end()
})

test('renders a visitor on the server, and asks nobody', async () => {
  const nobody: ServerSession = { status: 'signed-out', reason: 'no_session' }
  const { html, client, errors, bff, end, texts } = await hydrated(nobody, false)
  expect(html).toContain('Sign in')
  expect(client.getSession()).toEqual(nobody)
  expect(new Set(texts).size).toBe(1)
  expect(errors).toEqual([])
  expect(bff.log).toEqual([])
  await end()
})

test('U20 does nothing as the user of an old page, whose session is another one’s by now', async () => {
  const { client, bff, world, end } = await hydrated(SHOWN, false)
  bff.signIn({ sub: 'user-2' })
  const error: unknown = await client.getAccessToken().catch((error: unknown) => error)
  expect(error).toMatchObject({ code: 'user_mismatch' })
  await pass(world, 100)
  expect(client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
  await end()
})

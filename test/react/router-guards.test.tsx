import { cleanup, fireEvent, screen } from '@testing-library/react'
import { AuthProvider, type RequireSessionOptions } from 'evertoken'
import { StrictMode } from 'react'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { AppDevice } from '../client/setup.ts'
import { expireSession, holdNetwork } from '../client/guard/setup.ts'
import type { VirtualTab } from '../../src/testing/device/tab.ts'
import { pageAt, routers, type RouterKind } from './router-setup.tsx'
import { device, pass, show } from './setup.tsx'

afterEach(cleanup)

/** The application at a path, as a browser loads it. */
async function visit(
  on: AppDevice,
  kind: RouterKind,
  path: string,
  { cloneOf, options }: { cloneOf?: VirtualTab; options?: RequireSessionOptions } = {},
) {
  cleanup()
  const { tab, client } = pageAt(on, path, cloneOf)
  const drawn: string[] = []
  client.start()
  const app = kind.create({ auth: client, drawn, ...(options && { options }) })
  onTestFinished(() => app.dispose())
  const { container } = show(
    <StrictMode>
      <AuthProvider client={client}>{app.element}</AuthProvider>
    </StrictMode>,
  )
  await pass(on.world)
  return { ...app, tab, client, drawn, container, world: on.world, provider: on.provider }
}

/** The same after the user signed in at the provider, to where the router put them. */
async function signedIn(on: AppDevice, kind: RouterKind, options?: RequireSessionOptions) {
  const { tab } = await visit(on, kind, kind.orders)
  expect(tab.assigned).toHaveLength(1)
  return visit(on, kind, on.answer(tab), { cloneOf: tab, ...(options && { options }) })
}

const address = () => location.pathname + location.search + location.hash

describe.each(routers)('%s', (_name, kind) => {
  test('W9 asks a visitor to sign in, and comes back to what was asked for and shows nothing of it before', async () => {
    const on = await device()
    const first = await visit(on, kind, kind.orders)
    expect(first.tab.assigned).toHaveLength(1)
    expect(first.drawn).toEqual([])
    const { container, drawn } = await visit(on, kind, on.answer(first.tab), { cloneOf: first.tab })
    await pass(on.world, 1000)
    expect(address()).toBe(kind.orders)
    expect(container.textContent).toBe('orders of user-1')
    // Home is the page that the provider comes back to, and is for everybody.
    expect(new Set(drawn.filter((what) => what !== 'home'))).toEqual(new Set(['orders of user-1']))
  })

  test('W9 asks by a link, too, and keeps on the screen what is there', async () => {
    const on = await device()
    const { go, tab, container, drawn } = await visit(on, kind, kind.home)
    expect(container.textContent).toBe('home')
    void go('/orders')
    await pass(on.world, 1000)
    expect(tab.assigned).toHaveLength(1)
    expect(new Set(drawn)).toEqual(new Set(['home']))
    await visit(on, kind, on.answer(tab), { cloneOf: tab })
    await pass(on.world, 1000)
    expect(address()).toBe(kind.orders)
  })

  test('W9 shows the route’s error element after a sign-out, and leaves for nobody', async () => {
    const on = await device()
    const { client, go, tab, container } = await signedIn(on, kind)
    await go('/')
    await client.signOut({ provider: false })
    await pass(on.world)
    expect(container.textContent).toBe('home')
    await go('/orders')
    await pass(on.world)
    expect(container.textContent).toBe('failed: signed_out')
    expect(tab.assigned).toEqual([])
  })

  test('U21 shows the route’s error element where the provider cannot be reached', async () => {
    const on = await device()
    on.world.online = false
    const { container } = await visit(on, kind, kind.orders)
    await pass(on.world, 60_000)
    expect(container.textContent).toBe('failed: network')
  })

  test('W9 a user who goes elsewhere meanwhile stays', async () => {
    const on = await device()
    const { go, client, tab, container } = await visit(on, kind, kind.home)
    const release = holdNetwork(on)
    void go('/orders')
    await pass(on.world)
    expect(client.getSession().status).toBe('signing-in')
    await go('/')
    release()
    await pass(on.world, 1000)
    expect(tab.assigned).toEqual([])
    expect(container.textContent).toBe('home')
    expect(client.getSession().status).toBe('signed-out')
  })

  test('U23 onExpired: "keep" leaves a half-filled form where it is', async () => {
    const on = await device()
    const app = await signedIn(on, kind, { onExpired: 'keep' })
    const field = screen.getByRole<HTMLInputElement>('textbox')
    fireEvent.change(field, { target: { value: 'half' } })
    await expireSession({ ...on, ...app } as never)
    await app.reload()
    await pass(on.world)
    expect(app.client.getSession().status).toBe('expired')
    expect(screen.getByRole('textbox')).toBe(field)
    expect(field.value).toBe('half')
  })

  test('loads ahead for nobody who is not signed in', async () => {
    // The router's own report of what it could not load.
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const on = await device()
    const { preload, go, tab } = await visit(on, kind, kind.home)
    if (!preload) return
    await preload()
    await pass(on.world, 1000)
    expect(tab.assigned).toEqual([])
    void go('/orders')
    await pass(on.world, 1000)
    expect(tab.assigned).toHaveLength(1)
  })
})

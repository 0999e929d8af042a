import { afterEach, expect, test, vi } from 'vitest'
import type * as Setup from './setup.ts'
import { outcome } from '../support/outcomes.ts'

const CHUNKS = ['actions', 'alive', 'fallback'] as const
type Chunk = (typeof CHUNKS)[number]
const path = (chunk: Chunk) => `../../src/client/${chunk}.ts`

afterEach(() => {
  for (const chunk of CHUNKS) vi.doUnmock(path(chunk))
})

/** The modules anew. Chunks load in real time, so before a test whose time is not real. */
async function anew(...chunks: readonly Chunk[]): Promise<typeof Setup> {
  vi.resetModules()
  const setup = await import('./setup.ts')
  for (const chunk of chunks) await import(path(chunk)).catch(() => {})
  return setup
}

function without(chunk: Chunk): Promise<typeof Setup> {
  vi.doMock(path(chunk), () => {
    throw new TypeError('Failed to fetch dynamically imported module')
  })
  return anew(...CHUNKS)
}

async function whileTheChunkLoads(
  meanwhile: (on: Awaited<ReturnType<typeof Setup.signedInApp>>) => Promise<void>,
) {
  let load!: () => void
  const loaded = new Promise<void>((resolve) => (load = resolve))
  const asked = vi.fn()
  vi.doMock(path('fallback'), async (original) => {
    const chunk = await original()
    asked()
    await loaded
    return chunk as object
  })
  const setup = await anew('actions', 'alive')
  const on = await setup.signedInApp()
  const late = on.open()
  const seen: string[] = []
  late.tab.muted = true
  late.client.start()
  late.client.subscribe(() => seen.push(late.client.getSession().status))
  await on.world.advance(2001)
  await vi.waitFor(() => expect(asked).toHaveBeenCalled())
  // The worker answers; the page vault’s chunk is still on its way.
  late.tab.unmute()
  await on.world.settle()
  await meanwhile(on)
  load()
  await vi.waitFor(() => expect(late.client.diagnostics().vault).toBeDefined())
  await on.world.advance(1000)
  return { late: late.client, seen }
}

test('a worker that answers while the page vault’s chunk is being loaded: signed in, and stays so', async () => {
  const { late, seen } = await whileTheChunkLoads(async () => {})
  expect(late.diagnostics().vault).toBe('worker')
  expect({ seen, status: late.getSession().status }).toEqual({
    seen: ['signed-in'],
    status: 'signed-in',
  })
})

test('U19 what a late worker said before a sign-out is not shown after it', async () => {
  const { seen } = await whileTheChunkLoads(async (on) => {
    await on.client.signOut({ provider: false })
    await on.world.settle()
  })
  expect(seen).not.toContain('signed-in')
})

test('U17 U21 the part for live sessions does not load: a typed error, the session as it was, and signing out works', async () => {
  const setup = await without('alive')
  const on = await setup.signedInApp({}, { expiresIn: 60 })
  expect(on.client.getSession().status).toBe('signed-in')
  // What is at hand needs nothing.
  expect(await on.client.getAccessToken()).toMatch(/^at-/)
  on.client.subscribeAccessToken(() => {})
  await on.world.advance(61_000)
  const broken = { code: 'vault_unavailable', recoverable: true }
  await expect(on.client.getAccessToken()).rejects.toMatchObject(broken)
  expect(on.client.getSession().status).toBe('signed-in')
  expect(on.client.getAccessTokenState().status).toBe('pending')
  expect(on.client.diagnostics().errors[0]).toMatchObject({ code: 'vault_unavailable' })
  // Only the provider's own session could not be ended.
  const out = on.client.signOut()
  await expect(out).rejects.toMatchObject(broken)
  await on.world.settle()
  expect(on.client.getSession()).toEqual({ status: 'signed-out', reason: 'signed_out' })
})

test('U19 signed out without its chunk: no silent way back in, although the worker is gone', async () => {
  const setup = await without('alive')
  const on = await setup.signedInApp({ silentSignIn: 'redirect' })
  await outcome(on.client.signOut())
  await on.world.settle()
  on.tab.emit('gone')
  on.world.hosts.clear()
  const fresh = on.open({ silentSignIn: 'redirect' })
  fresh.client.start()
  await on.world.advance(3000)
  expect(fresh.tab.assigned).toEqual([])
})

test('U19 signed out without its chunk and with a dead worker: nobody is signed in', async () => {
  const setup = await without('alive')
  const on = await setup.signedInApp()
  on.tab.muted = true
  const out = outcome(on.client.signOut())
  await on.world.advance(120_000)
  await out
  expect(on.client.getSession().status).not.toBe('signed-in')
})

test('U21 signIn and a redirect back settle with a typed error; sign-out and refresh do without it', async () => {
  const live = await (await anew(...CHUNKS)).signedInApp({}, { expiresIn: 60 })
  const on = await (await without('actions')).appDevice()
  const { client } = on.open()
  await expect(client.signIn()).rejects.toMatchObject({ code: 'vault_unavailable' })
  expect(client.getSession()).toMatchObject({ error: { code: 'vault_unavailable' } })
  const mark = [...on.world.hosts.keys()][0]!.split('.').at(-1)!
  const back = on.open({}, { url: `https://app.example/?code=c&state=et.${mark}.1` })
  expect(await back.client.whenSettled()).toMatchObject({
    status: 'error',
    error: { code: 'vault_unavailable' },
  })
  // Where somebody is signed in, that they are counts for more.
  const [name, host] = [...live.world.hosts][0]!
  on.world.hosts.set(name, host)
  const same = on.open({}, { url: `https://app.example/?code=c&state=et.${mark}.1` })
  expect((await same.client.whenSettled()).status).toBe('signed-in')
  expect(await same.client.getAccessToken()).toMatch(/^at-/)
  await same.client.signOut({ provider: false })
  expect(same.client.getSession()).toEqual({ status: 'signed-out', reason: 'signed_out' })
})

import { afterEach, expect, test, vi } from 'vitest'
import type * as Setup from './setup.ts'
import { outcome } from './setup.ts'

const CHUNKS = ['actions', 'alive', 'fallback'] as const
type Chunk = (typeof CHUNKS)[number]
const path = (chunk: Chunk) => `../../src/client/${chunk}.ts`

afterEach(() => {
  for (const chunk of CHUNKS) vi.doUnmock(path(chunk))
})

/** Imports the modules again. A chunk loads in real time, so it is loaded before a test that owns the time. */
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
  meanwhile: (on: Awaited<ReturnType<typeof Setup.signedIn>>) => Promise<void>,
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
  const on = await setup.signedIn()
  const late = on.open()
  const seen: string[] = []
  late.tab.muted = true
  late.client.start()
  late.client.subscribe(() => seen.push(late.client.getSession().status))
  await on.world.advance(2001)
  await vi.waitFor(() => expect(asked).toHaveBeenCalled())
  // The worker answers while the page vault’s chunk is still on its way.
  late.tab.unmute()
  await on.world.settle()
  await meanwhile(on)
  load()
  await vi.waitFor(() => expect(late.client.diagnostics().vault).toBeDefined())
  await on.world.advance(1000)
  return { late: late.client, seen }
}

test('keeps the session of a worker that answers while the page vault’s chunk is being loaded', async () => {
  const { late, seen } = await whileTheChunkLoads(async () => {})
  expect(late.diagnostics().vault).toBe('worker')
  expect({ seen, status: late.getSession().status }).toEqual({
    seen: ['signed-in'],
    status: 'signed-in',
  })
})

test('U19 does not show, after a sign-out, the session that a late worker reported before it', async () => {
  const { seen } = await whileTheChunkLoads(async (on) => {
    await on.client.signOut({ provider: false })
    await on.world.settle()
  })
  expect(seen).not.toContain('signed-in')
})

test('U17 U21 gives a typed error, keeps the session and still signs out when the chunk for live sessions does not load', async () => {
  const setup = await without('alive')
  const on = await setup.signedIn({}, { expiresIn: 60 })
  expect(on.client.getSession().status).toBe('signed-in')
  // A token at hand needs no chunk.
  expect(await on.client.getAccessToken()).toMatch(/^at-/)
  on.client.subscribeAccessToken(() => {})
  await on.world.advance(61_000)
  const broken = { code: 'vault_unavailable', recoverable: true }
  await expect(on.client.getAccessToken()).rejects.toMatchObject(broken)
  expect(on.client.getSession().status).toBe('signed-in')
  expect(on.client.getAccessTokenState().status).toBe('pending')
  expect(on.client.diagnostics().errors[0]).toMatchObject({ code: 'vault_unavailable' })
  // Only the session at the provider could not be ended, so signOut() rejects.
  const out = on.client.signOut()
  await expect(out).rejects.toMatchObject(broken)
  await on.world.settle()
  expect(on.client.getSession()).toEqual({ status: 'signed-out', reason: 'signed_out' })
})

test('U19 does not sign in silently after a sign-out without its chunk, although the worker is gone', async () => {
  const setup = await without('alive')
  const on = await setup.signedIn({ silentSignIn: 'redirect' })
  await outcome(on.client.signOut())
  await on.world.settle()
  on.tab.emit('gone')
  on.world.hosts.clear()
  const fresh = on.open({ silentSignIn: 'redirect' })
  fresh.client.start()
  await on.world.advance(3000)
  expect(fresh.tab.assigned).toEqual([])
})

test('U19 leaves no user signed in after a sign-out without its chunk and with a dead worker', async () => {
  const setup = await without('alive')
  const on = await setup.signedIn()
  on.tab.muted = true
  const out = outcome(on.client.signOut())
  await on.world.advance(120_000)
  await out
  expect(on.client.getSession().status).not.toBe('signed-in')
})

test('U21 settles signIn and a redirect back with a typed error when their chunk does not load, and signs out and refreshes without it', async () => {
  const live = await (await anew(...CHUNKS)).signedIn({}, { expiresIn: 60 })
  const on = await (await without('actions')).device()
  const { client } = on.open()
  await expect(client.signIn()).rejects.toMatchObject({ code: 'vault_unavailable' })
  expect(client.getSession()).toMatchObject({ error: { code: 'vault_unavailable' } })
  const mark = [...on.world.hosts.keys()][0]!.split('.').at(-1)!
  const back = on.open({}, { url: `https://app.example/?code=c&state=et.${mark}.1` })
  expect(await back.client.whenSettled()).toMatchObject({
    status: 'error',
    error: { code: 'vault_unavailable' },
  })
  // A live session counts for more than a redirect back that failed.
  const [name, host] = [...live.world.hosts][0]!
  on.world.hosts.set(name, host)
  const same = on.open({}, { url: `https://app.example/?code=c&state=et.${mark}.1` })
  expect((await same.client.whenSettled()).status).toBe('signed-in')
  expect(await same.client.getAccessToken()).toMatch(/^at-/)
  await same.client.signOut({ provider: false })
  expect(same.client.getSession()).toEqual({ status: 'signed-out', reason: 'signed_out' })
})

import { afterEach, expect, test, vi } from 'vitest'
import type * as Setup from '../setup.ts'
import { outcome } from '../../support/outcomes.ts'
import { eventually } from '../../support/eventually.ts'

const CHUNKS = ['modes/browser-sign-in', 'modes/open-page-vault'] as const
type Chunk = (typeof CHUNKS)[number]
const path = (chunk: Chunk) => `../../../src/client/${chunk}.ts`

afterEach(() => {
  for (const chunk of CHUNKS) vi.doUnmock(path(chunk))
})

/** The modules anew. Chunks load in real time, so before a test whose time is not real. */
async function anew(...chunks: readonly Chunk[]): Promise<typeof Setup> {
  vi.resetModules()
  const setup = await import('../setup.ts')
  for (const chunk of chunks) await import(path(chunk)).catch(() => {})
  return setup
}

/** Every chunk is gone: a deploy removed it. */
function withoutChunks(): Promise<typeof Setup> {
  for (const chunk of CHUNKS) {
    vi.doMock(path(chunk), () => {
      throw new TypeError('Failed to fetch dynamically imported module')
    })
  }
  return anew(...CHUNKS)
}

async function whileTheChunkLoads(
  meanwhile: (on: Awaited<ReturnType<typeof Setup.signedInApp>>) => Promise<void>,
) {
  let load!: () => void
  const loaded = new Promise<void>((resolve) => (load = resolve))
  const asked = vi.fn()
  vi.doMock(path('modes/open-page-vault'), async (original) => {
    const chunk = await original()
    asked()
    await loaded
    return chunk as object
  })
  const setup = await anew('modes/browser-sign-in')
  const on = await setup.signedInApp()
  const late = on.open()
  const seen: string[] = []
  late.tab.muted = true
  late.client.start()
  late.client.subscribe(() => seen.push(late.client.getSession().status))
  await on.world.advance(2001)
  await eventually(() => expect(asked).toHaveBeenCalled())
  // The worker answers; the page vault’s chunk is still on its way.
  late.tab.unmute()
  await on.world.settle()
  await meanwhile(on)
  load()
  await eventually(() => expect(late.client.diagnostics().vault).toBeDefined())
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

test('F3 F7 U17 U21 keeps everything a live session needs when no chunk can be had: tokens, renewal, sign-out', async () => {
  const live = await (await anew(...CHUNKS)).signedInApp({}, { expiresIn: 60 })
  const [name, host] = [...live.world.hosts][0]!
  const setup = await withoutChunks()
  const on = await setup.appDevice()
  on.world.hosts.set(name, host)
  const { client, tab } = on.open()
  expect((await client.whenSettled()).status).toBe('signed-in')
  const first = await client.getAccessToken()
  expect(first).toMatch(/^at-/)
  const stop = client.subscribeAccessToken(() => {})
  await live.world.advance(61_000)
  await on.world.advance(61_000)
  const renewed = client.getAccessToken({ forceRefresh: true })
  await live.world.advance(5000)
  expect(await renewed).not.toBe(first)
  stop()
  const out = client.signOut()
  await live.world.settle()
  await out
  expect(client.getSession()).toEqual({ status: 'signed-out', reason: 'signed_out' })
  // The provider's own session is ended too.
  expect(tab.assigned).toHaveLength(1)
})

test('U19 does not sign in silently after a sign-out without any chunk, although the worker is gone', async () => {
  const options = { silentSignIn: 'redirect' } as const
  const live = await (await anew(...CHUNKS)).signedInApp(options)
  const [name, host] = [...live.world.hosts][0]!
  const setup = await withoutChunks()
  const on = await setup.appDevice()
  on.world.hosts.set(name, host)
  on.world.originStorage.set(`${name}.session`, '1')
  const { client, tab } = on.open(options)
  await client.whenSettled()
  await outcome(client.signOut())
  await on.world.settle()
  tab.emit('gone')
  on.world.hosts.clear()
  const fresh = on.open(options)
  fresh.client.start()
  await on.world.advance(3000)
  expect(fresh.tab.assigned).toEqual([])
})

test('U19 leaves no user signed in after a sign-out with a dead worker', async () => {
  const on = await (await anew(...CHUNKS)).signedInApp()
  on.tab.muted = true
  const out = outcome(on.client.signOut())
  await on.world.advance(120_000)
  await out
  expect(on.client.getSession().status).not.toBe('signed-in')
})

test('U21 settles signIn and a redirect back with a typed error when their chunk does not load, and signs out and refreshes without it', async () => {
  const live = await (await anew(...CHUNKS)).signedInApp({}, { expiresIn: 60 })
  const on = await (await withoutChunks()).appDevice()
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

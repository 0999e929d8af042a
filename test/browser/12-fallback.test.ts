import { test } from 'vitest'
import { patience } from './harness/patience.ts'
import { diagnostics, signIn, status, token, until, waitForStatus } from './harness/tab.ts'
import { worlds, type World } from './harness/world.ts'

const createWorld = worlds()

/** Takes one of the browser's parts away, before any script of the page runs. */
const without = (world: World, script: () => void) => world.context.addInitScript(script)

interface Case {
  name: string
  reason: RegExp
  /** Nothing but the deadline ends the wait. */
  hurried?: boolean
  prepare: (world: World) => unknown
}

const impossible: Case[] = [
  {
    name: 'CSP worker-src ’none’',
    reason: /worker|CSP|Content Security/i,
    prepare: ({ site }) => (site.pageHeaders = { 'content-security-policy': "worker-src 'none'" }),
  },
  { name: '404', reason: /worker/, prepare: ({ site }) => (site.worker = 'missing') },
  {
    // Chromium tells the first page only: a later one, and on a busy machine the first, waits in vain.
    name: 'a script that throws',
    reason: /worker.* did not run|no answer within 2000 ms/,
    hurried: true,
    prepare: ({ site }) => (site.worker = 'broken'),
  },
  {
    name: 'a cross-origin script',
    reason: /origin|cannot be accessed/i,
    prepare: ({ site }) => {
      site.options.client.workerUrl = `${site.url.replace('127.0.0.1', 'localhost')}/worker.js`
    },
  },
  {
    name: 'a refused Trusted Types policy',
    reason: /polic/i,
    prepare: ({ site }) => {
      site.pageHeaders = {
        'content-security-policy': "require-trusted-types-for 'script'; trusted-types other",
      }
    },
  },
  {
    name: 'no SharedWorker',
    reason: /SharedWorker/,
    prepare: (world) => without(world, () => Reflect.deleteProperty(window, 'SharedWorker')),
  },
  {
    name: 'silent',
    reason: /no answer within 2000 ms/,
    hurried: true,
    prepare: ({ site }) => (site.worker = 'silent'),
  },
  {
    name: 'never loaded',
    reason: /no answer within 2000 ms/,
    hurried: true,
    prepare: ({ site }) => (site.worker = 'never'),
  },
]

test.concurrent.for(impossible)(
  'uses the page vault, with the reason on record, when there is no worker: $name',
  async ({ prepare, reason, hurried = false }, { onTestFinished, expect }) => {
    const world = await createWorld({ hurried }, onTestFinished)
    await prepare(world)
    const page = await world.tab()
    await waitForStatus(page, 'signed-out')
    const found = await diagnostics(page)
    expect(found.vault).toBe('page')
    expect(found.fallback).toMatch(reason)

    await signIn(page)
    expect((await diagnostics(page)).vault).toBe('page')
    expect(await token(page, { forceRefresh: true })).toBe(
      world.provider.secrets().accessTokens.at(-1),
    )
  },
)

/** Makes a worker file that is sent when the test says so. */
function later() {
  let arrive = () => {}
  const after = new Promise<void>((resolve) => {
    arrive = resolve
  })
  return { after, arrive }
}

test.concurrent(
  'adopts a worker that answers late while no user is signed in',
  async ({ onTestFinished, expect }) => {
    const { site, tab } = await createWorld({ hurried: true }, onTestFinished)
    const { after, arrive } = later()
    site.worker = { after }
    const page = await tab()
    await waitForStatus(page, 'signed-out')
    expect((await diagnostics(page)).vault).toBe('page')
    arrive()
    const vault = async () => (await diagnostics(page)).vault
    await until(vault, (kind) => kind === 'worker', 'the worker')
    // From here on it is as quick as the machine is.
    site.firstScripts.push(patience)
    await signIn(page)
    expect(await vault()).toBe('worker')
    await page.reload()
    await waitForStatus(page, 'signed-in')
  },
)

test.concurrent(
  'leaves a session with the page that holds it when a worker answers late',
  async ({ onTestFinished, expect }) => {
    const { provider, site, tab } = await createWorld({ hurried: true }, onTestFinished)
    const { after, arrive } = later()
    site.worker = { after }
    const page = await tab()
    await signIn(page)
    expect((await diagnostics(page)).vault).toBe('page')
    arrive()
    // The worker runs now, and answers a page that opens now.
    const other = await tab()
    await waitForStatus(other, 'signed-out')
    // At once, or where a busy machine makes it wait, a little later.
    const vault = async () => (await diagnostics(other)).vault
    await until(vault, (kind) => kind === 'worker', 'the worker')
    expect((await diagnostics(page)).vault).toBe('page')
    expect(await status(page)).toBe('signed-in')
    expect(await token(page, { forceRefresh: true })).toBe(provider.secrets().accessTokens.at(-1))
  },
)

test.concurrent(
  'gives an error, and no fallback, with vault: "worker"',
  async ({ onTestFinished, expect }) => {
    const { site, tab } = await createWorld({ client: { vault: 'worker' } }, onTestFinished)
    site.worker = 'missing'
    const page = await tab()
    await waitForStatus(page, 'error')
    expect(await page.evaluate(() => window.sessionLog.at(-1)?.code)).toBe('vault_unavailable')
  },
)

test.concurrent(
  'keeps the session of every open tab with an old and a new worker file side by side',
  async ({ onTestFinished, expect }) => {
    const { provider, site, tab } = await createWorld(
      { client: { workerUrl: '/worker-old.js' } },
      onTestFinished,
    )
    const old = await tab()
    await signIn(old)
    site.options.client.workerUrl = '/worker-new.js'
    const fresh = await tab()
    await waitForStatus(fresh, 'signed-out')
    expect(await status(old)).toBe('signed-in')
    await signIn(fresh)
    expect(await status(old)).toBe('signed-in')
    const tokens = [
      await token(old, { forceRefresh: true }),
      await token(fresh, { forceRefresh: true }),
    ]
    expect(new Set(tokens).size).toBe(2)
    expect(provider.families().map(({ live }) => live)).toEqual([1, 1])
    // A sign-out reaches both all the same.
    await fresh.evaluate(() => window.auth.signOut({ provider: false }))
    await waitForStatus(old, 'signed-out')
  },
)

const missing: { name: string; script: () => void }[] = [
  {
    name: 'no Web Locks',
    script: () => Object.defineProperty(navigator, 'locks', { value: undefined }),
  },
  { name: 'no BroadcastChannel', script: () => Reflect.deleteProperty(window, 'BroadcastChannel') },
  {
    name: 'a BroadcastChannel that throws',
    script: () => {
      window.BroadcastChannel = function denied() {
        throw new DOMException('denied', 'SecurityError')
      } as unknown as typeof BroadcastChannel
    },
  },
  {
    name: 'a localStorage that throws',
    script: () =>
      Object.defineProperty(window, 'localStorage', {
        get() {
          throw new DOMException('denied', 'SecurityError')
        },
      }),
  },
  {
    name: 'a sessionStorage that throws',
    script: () =>
      Object.defineProperty(window, 'sessionStorage', {
        get() {
          throw new DOMException('denied', 'SecurityError')
        },
      }),
  },
]
const clients = [
  { name: 'worker vault', client: {} },
  { name: 'page vault, isolated', client: { vault: 'page' } },
  { name: 'page vault, shared', client: { vault: 'page', tabs: 'shared' } },
] as const

for (const { name, client } of clients) {
  test.concurrent.for(missing)(
    `works in one tab and never hangs with $name [${name}]`,
    async ({ script }, { onTestFinished, expect }) => {
      const world = await createWorld({ client }, onTestFinished)
      await without(world, script)
      const { provider, tab } = world
      const page = await tab()
      await waitForStatus(page, 'signed-out')
      const refused = 'vault' in client && script === missing.at(-1)!.script
      if (refused) {
        // A transaction cannot outlive the page here: the call says so, and leaves nothing pending.
        const code = await page.evaluate(() =>
          window.auth.signIn({ automatic: false }).catch((error: { code: string }) => error.code),
        )
        expect(code).toBe('storage_unavailable')
        await waitForStatus(page, 'error')
        return
      }
      await signIn(page)
      expect(await token(page, { forceRefresh: true })).toBe(provider.secrets().accessTokens.at(-1))
      await page.evaluate(() => window.auth.signOut({ provider: false }))
      await waitForStatus(page, 'signed-out')
    },
  )
}

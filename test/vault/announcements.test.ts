import { describe, expect, test } from 'vitest'
import { announcements } from '../../src/vault/announcements.ts'
import { workerVault } from '../../src/vault/worker/client.ts'
import { VaultHost } from '../../src/vault/worker/host.ts'
import type { VaultConfig } from '../../src/vault/vault.ts'
import { vaultDevice as device, states, type VaultDevice as Device, type Kind } from './device.ts'

/** A page of this configuration, with a worker of its own where a host is given. */
async function inWorker(
  { world, config, pass }: Device,
  host: VaultHost,
  change: Partial<VaultConfig>,
) {
  const { env } = world.tab({ worker: host })
  const own = { ...config, ...change }
  const port = env.startWorker(own.name, undefined, () => {})!
  const vault = workerVault(env, port, own)
  await pass(vault.open())
  return vault
}

const CHANGES: [string, (config: VaultConfig) => Partial<VaultConfig>][] = [
  ['one more scope', ({ scope }) => ({ scope: `${scope} more` })],
  ['a resource', () => ({ resource: ['https://api.example'] })],
  ['no metadata', () => ({ metadata: undefined })],
  ['another protocol of worker', () => ({ name: 'evertoken.99.test' })],
  ['userInfo', () => ({ userInfo: true })],
]

describe.each(CHANGES)('F6 an update of the application with %s', (_, change) => {
  test.each<['the same worker' | 'another worker' | Kind]>([
    ['the same worker'],
    ['another worker'],
    ['isolated'],
    ['shared'],
  ])('signs out the old tabs with its own: new tab in %s', async (where) => {
    const made = await device()
    const host = new VaultHost(made.world.thread())
    const old = await inWorker(made, host, {})
    await made.signIn(old)
    const vault = await newTab(made, host, where, change(made.config))
    await made.pass(vault.endSession({ provider: false }))
    await made.world.settle()
    expect(await old.open()).toEqual({ status: 'empty', reason: 'signed_out_elsewhere' })
  })

  test('and another user there ends the session here', async () => {
    const made = await device()
    const host = new VaultHost(made.world.thread())
    const old = await inWorker(made, host, {})
    await made.signIn(old)
    const vault = await newTab(made, host, 'the same worker', change(made.config))
    made.provider.options.subject = 'user-2'
    await made.signIn(vault)
    await made.world.settle()
    expect(await old.open()).toEqual({ status: 'empty', reason: 'user_changed' })
    expect(await vault.open()).toMatchObject({ status: 'live', claims: { sub: 'user-2' } })
  })
})

async function newTab(
  made: Device,
  host: VaultHost,
  where: 'the same worker' | 'another worker' | Kind,
  change: Partial<VaultConfig>,
) {
  if (where === 'the same worker') return inWorker(made, host, change)
  if (where === 'another worker') {
    return inWorker(made, new VaultHost(made.world.thread()), change)
  }
  return (await made.opened(where, change)).vault
}

test('F6 another client of the same provider is another matter', async () => {
  const made = await device()
  const host = new VaultHost(made.world.thread())
  const old = await inWorker(made, host, {})
  await made.signIn(old)
  const vault = await inWorker(made, host, { clientId: 'other' })
  await made.pass(vault.endSession({ provider: false }))
  await made.world.settle()
  expect(await old.open()).toMatchObject({ status: 'live' })
})

test('F6 F16 a page announces a sign-out itself, and hears of others', async () => {
  const made = await device()
  const { vault, events } = await made.opened('worker')
  await made.signIn(vault)
  const { issuer, clientId } = made.config
  const page = announcements(made.world.thread(), issuer, clientId)
  const other = announcements(made.world.thread(), issuer, clientId)
  const heard: unknown[] = []
  other.listen((announcement) => heard.push(announcement))
  page.announce({ type: 'signed-out' })
  await made.world.settle()
  expect(heard).toEqual([{ type: 'signed-out' }])
  expect(states(events).at(-1)).toEqual({ status: 'empty', reason: 'signed_out_elsewhere' })
  page.close()
  other.close()
})

test('F6 announces on one channel for ever, and reads messages of later versions', async () => {
  const made = await device()
  const { vault } = await made.opened('worker')
  await made.signIn(vault)
  const [{ name, message }] = made.world.broadcasts as [{ name: string; message: unknown }]
  expect(name).toMatch(/^evertoken\.announcements\.[a-z\d]+$/)
  expect(message).toEqual({ type: 'signed-in', sub: 'user-1' })
  const channel = made.world.thread().channel(name)!
  for (const junk of [null, 7, {}, { type: 'later' }, { type: 'signed-in', sub: 7 }]) {
    channel.post(junk)
  }
  await made.world.settle()
  expect(await vault.open()).toMatchObject({ status: 'live' })
  channel.post({ type: 'signed-in', sub: 'user-2', more: { of: 'it' } })
  await made.world.settle()
  expect(await vault.open()).toEqual({ status: 'empty', reason: 'user_changed' })
})

test('F6 without BroadcastChannel a page’s announcements reach no other, and harm nothing', () => {
  const none = announcements({ channel: () => undefined }, 'https://op.example', 'spa')
  none.announce({ type: 'signed-out' })
  none.listen(() => {})
  none.close()
})

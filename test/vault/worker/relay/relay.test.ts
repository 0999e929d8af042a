import { describe, expect, test } from 'vitest'
import { behaviours, status } from '../../../../src/testing/provider/behaviours.ts'
import type { BrowserVault } from '../../../../src/vault/vault.ts'
import { failure } from '../../../support/outcomes.ts'
import {
  accessToken,
  gate,
  states,
  vaultDevice,
  type Opened,
  type VaultDevice,
} from '../../device.ts'
import { loadAnew, refreshHeld, relayed } from './lone-tab.ts'

const HOUR = 3_600_000

/** With what reloads the tab. */
async function reloadable() {
  const on = await relayed()
  return { ...on, reload: () => reload(on) }
}

async function reload(on: Pick<VaultDevice, 'world' | 'tab' | 'pass'>): Promise<Opened> {
  const page = loadAnew(on)
  await on.pass(page.vault.open())
  return page
}

const isLive = async (vault: BrowserVault): Promise<boolean> =>
  (await vault.open()).status === 'live'

/** Of the provider's families: none was revoked. */
const families = ({ provider }: Pick<VaultDevice, 'provider'>) =>
  new Set([...provider.refreshTokens.values()].map(({ grant }) => grant.alive))

describe('U8 a reload of the only tab', () => {
  test('keeps the session, its token and its user, without a request', async () => {
    const { ask, vault, reload, provider } = await reloadable()
    const before = await ask(vault)
    const requests = provider.requests('token').length
    const page = await reload()
    expect(await page.vault.open()).toMatchObject({
      status: 'live',
      claims: { sub: 'user-1' },
      renewable: true,
    })
    expect(accessToken(await ask(page.vault))).toBe(accessToken(before))
    expect(provider.requests('token')).toHaveLength(requests)
  })

  test('keeps it again and again, and renews with the newest refresh token', async () => {
    const on = await reloadable()
    for (let round = 0; round < 5; round++) {
      const { vault } = await on.reload()
      await on.ask(vault, { forceRefresh: true })
      await on.pass(new Promise((done) => void on.world.timer(() => done(0), 2000)))
    }
    expect(on.refreshes()).toHaveLength(5)
    expect(families(on)).toEqual(new Set([true]))
  })

  test('knows how old the token is, also where the clock was set back meanwhile', async () => {
    const on = await reloadable()
    await on.world.advance(HOUR - 10_000)
    on.world.jump(-HOUR / 2)
    const { vault } = await on.reload()
    await on.ask(vault, { minValidity: 20_000 })
    expect(on.refreshes()).toHaveLength(1)
  })

  test('in the middle of a refresh loses no answer', async () => {
    const on = await reloadable()
    const open = await refreshHeld(on, on)
    const page = loadAnew(on)
    const asked = page.vault.open().then(() => page.vault.getToken({ forceRefresh: true }))
    await on.world.settle()
    open()
    expect((await on.pass(asked)).subject).toBe('user-1')
    // The second was sent with the refresh token of the first answer, which no worker has heard.
    expect(on.refreshes()).toHaveLength(2)
    expect(await isLive(page.vault)).toBe(true)
    expect(families(on)).toEqual(new Set([true]))
  })

  test('in the middle of a refresh that the provider never answers is followed by a new try', async () => {
    const on = await reloadable()
    on.provider.next('token', behaviours.hang)
    void on.vault.getToken({ forceRefresh: true }).catch(() => {})
    await on.world.settle()
    const page = await on.reload()
    await on.ask(page.vault, { forceRefresh: true })
    expect(on.refreshes()).toHaveLength(2)
    expect(families(on)).toEqual(new Set([true]))
  })

  test('in the middle of a refresh for one need serves another need', async () => {
    const on = await reloadable()
    const { behaviour, open } = gate()
    on.provider.next('token', behaviour)
    void on.vault.getToken({ scope: 'openid', forceRefresh: true }).catch(() => {})
    await on.world.settle()
    const page = loadAnew(on)
    const asked = page.vault.open().then(() => page.vault.getToken({ forceRefresh: true }))
    await on.world.settle()
    open()
    expect(await on.pass(asked)).toMatchObject({ subject: 'user-1', key: '' })
    expect(families(on)).toEqual(new Set([true]))
  })

  test('in the middle of a refresh, thirty times on end, reuses no refresh token', async () => {
    const on = await reloadable()
    let page: Pick<Opened, 'vault'> = on
    for (let round = 0; round < 30; round++) {
      const open = await refreshHeld(on, page)
      page = loadAnew(on)
      open()
      await on.pass(page.vault.open())
    }
    await on.ask(page.vault, { forceRefresh: true })
    expect(on.refreshes()).toHaveLength(31)
    expect(families(on)).toEqual(new Set([true]))
  })

  test('in the middle of a refresh that the provider refused for now is followed by a new try', async () => {
    const on = await reloadable()
    on.provider.next('token', status(503))
    void on.vault.getToken({ forceRefresh: true }).catch(() => {})
    await on.world.settle()
    const page = await on.reload()
    await on.ask(page.vault, { forceRefresh: true })
    expect(on.refreshes()).toHaveLength(2)
  })

  test('comes too late for nothing where the relay is slow: the vault opens within half a second', async () => {
    const on = await reloadable()
    on.world.relays.toRelay.mode = 'hold'
    const page = loadAnew(on)
    const opened = page.vault.open()
    await on.world.advance(501)
    expect(await opened).toMatchObject({ status: 'empty', reason: 'no_session' })
    on.world.relays.toRelay.release()
    await on.world.settle()
    // What comes late is told, where nothing else happened.
    expect(states(page.events)).toMatchObject([{ status: 'live' }])
    expect(await isLive(page.vault)).toBe(true)
  })
})

describe('an end of the session', () => {
  test.each([true, false])('by sign-out is one after a reload (answers: %s)', async (answers) => {
    const on = await reloadable()
    if (!answers) on.world.relays.toWorker.mode = 'lose'
    await on.pass(on.vault.endSession({ provider: false }))
    on.world.relays.toWorker.mode = 'deliver'
    const page = await on.reload()
    expect(await page.vault.open()).toMatchObject({ status: 'empty' })
  })

  test('by sign-out in the middle of a refresh is one after a reload, and what was on its way is revoked', async () => {
    const on = await reloadable()
    const { behaviour, open } = gate()
    on.provider.next('token', behaviour)
    const refresh = failure(on.vault.getToken({ forceRefresh: true }))
    await on.world.settle()
    await on.pass(on.vault.endSession({ provider: false }))
    open()
    await on.pass(refresh)
    await on.world.settle()
    expect(families(on)).toEqual(new Set([false]))
    const page = await on.reload()
    expect(await isLive(page.vault)).toBe(false)
  })

  test('by the provider is one after a reload', async () => {
    const on = await reloadable()
    for (const { grant } of on.provider.refreshTokens.values()) grant.alive = false
    await on.pass(failure(on.vault.getToken({ forceRefresh: true })))
    await on.world.settle()
    const page = await on.reload()
    expect(await page.vault.open()).toMatchObject({ status: 'empty' })
  })

  test('in a tab of another version, while no worker of this one runs, is heard by the relay', async () => {
    const on = await reloadable()
    const other = on.tab('isolated')
    await on.pass(other.vault.open())
    on.world.killWorker()
    await on.pass(other.vault.endSession({ provider: false }))
    await on.world.settle()
    const page = on.tab('relayed')
    expect((await on.pass(page.vault.open())).status).toBe('empty')
  })

  test('by another user’s sign-in leaves that user’s session alone to be kept', async () => {
    const on = await reloadable()
    on.provider.options.subject = 'user-2'
    await on.signIn(on.vault, { replaces: 'user-1' })
    await on.world.settle()
    const page = await on.reload()
    expect(await page.vault.open()).toMatchObject({ status: 'live', claims: { sub: 'user-2' } })
  })

  test('while the relay looks for the copy is stronger than the copy', async () => {
    const on = await reloadable()
    on.world.relays.toWorker.mode = 'hold'
    const page = loadAnew(on)
    void page.vault.open()
    await on.world.settle()
    void page.vault.endSession({ provider: false })
    await on.world.settle()
    on.world.relays.toWorker.release()
    await on.world.advance(2000)
    expect(await isLive(page.vault)).toBe(false)
  })
})

describe('the relay', () => {
  test('gives nothing to a worker of another name or to another configuration', async () => {
    const on = await reloadable()
    const { config } = on
    on.world.killWorker()
    for (const change of [{ name: 'evertoken.1.other' }, { scope: 'openid' }]) {
      const other = on.tab('relayed', change)
      expect((await on.pass(other.vault.open())).status).toBe('empty')
    }
    const own = on.tab('relayed', { name: config.name })
    expect((await on.pass(own.vault.open())).status).toBe('live')
  })

  test('is not registered while nobody is signed in, or where the application says so', async () => {
    const visitor = await vaultDevice({}, { relay: true })
    await visitor.opened('relayed')
    expect(visitor.world.relays.registrations).toBe(0)
    const on = await vaultDevice({}, { relay: true })
    const { vault } = await on.opened('relayed', { relay: false })
    await on.signIn(vault)
    await on.world.settle()
    expect(on.world.relays.registrations).toBe(0)
    on.world.killWorker()
    expect((await on.pass(on.tab('relayed', { relay: false }).vault.open())).status).toBe('empty')
  })

  test('that was ended by the browser is filled again within half a minute', async () => {
    const on = await reloadable()
    on.world.relays.kill()
    await on.world.advance(25_000)
    const page = await on.reload()
    expect(await isLive(page.vault)).toBe(true)
  })

  test('is kept awake only while somebody is signed in', async () => {
    const on = await reloadable()
    const { toRelay } = on.world.relays
    const before = toRelay.sent
    await on.world.advance(100_000)
    expect(toRelay.sent - before).toBe(4)
    await on.pass(on.vault.endSession({ provider: false }))
    const after = toRelay.sent
    await on.world.advance(100_000)
    expect(toRelay.sent).toBe(after)
  })

  test('that a script unregistered is registered again', async () => {
    const on = await reloadable()
    on.world.relays.unregister()
    await on.world.advance(25_000)
    expect(on.world.relays.registrations).toBe(2)
    const page = await on.reload()
    expect(await isLive(page.vault)).toBe(true)
  })

  test('that the browser refuses is not asked for again at every renewal', async () => {
    const on = await vaultDevice({}, { relay: true })
    on.world.relays.refuses = true
    const { vault } = await on.opened('relayed')
    await on.signIn(vault)
    await on.ask(vault, { forceRefresh: true })
    // Three times in all: the file may not have come for once.
    await on.world.advance(60_000)
    on.world.relays.refuses = false
    await on.world.advance(60_000)
    await on.ask(vault, { forceRefresh: true })
    expect(on.world.relays.registrations).toBe(0)
    expect(on.refreshes()).toHaveLength(2)
  })

  test('that could not be registered for once is registered within half a minute', async () => {
    const on = await vaultDevice({}, { relay: true })
    on.world.relays.refuses = true
    const { vault } = await on.opened('relayed')
    await on.signIn(vault)
    on.world.relays.refuses = false
    await on.world.advance(25_000)
    expect(on.world.relays.registrations).toBe(1)
    expect(await isLive((await reload(on)).vault)).toBe(true)
  })

  test('that never answers costs a renewal half a second, and no session', async () => {
    const on = await reloadable()
    on.world.relays.toRelay.mode = 'hold'
    const asked = on.vault.getToken({ forceRefresh: true })
    await on.world.advance(501)
    await asked
    // It hears in the end, and in order, what it missed.
    on.world.relays.toRelay.release()
    await on.world.settle()
    const page = await on.reload()
    expect(await isLive(page.vault)).toBe(true)
    await on.ask(page.vault, { forceRefresh: true })
    expect(families(on)).toEqual(new Set([true]))
  })

  test('whose place another script has: nothing is sent that it could read', async () => {
    const on = await reloadable()
    on.world.relays.unregister()
    on.world.relays.isForeign = true
    on.world.relays.refuses = true
    const before = on.provider.requests('token').length
    const error = await on.pass(failure(on.vault.getToken({ forceRefresh: true })))
    expect(error).toMatchObject({ code: 'network' })
    expect(on.provider.requests('token')).toHaveLength(before)
  })
})

test('U2 two workers that live at a time never spend one refresh token twice', async () => {
  const on = await reloadable()
  // The one before dies slowly: it goes on while the next has begun.
  const { behaviour, open } = gate()
  on.provider.next('token', behaviour)
  const first = on.vault.getToken({ forceRefresh: true })
  await on.world.settle()
  on.world.hosts.clear()
  const page = on.tab('relayed')
  await on.pass(page.vault.open())
  const second = page.vault.getToken({ forceRefresh: true })
  await on.world.settle()
  open()
  await on.pass(Promise.all([first, second]))
  expect(on.refreshes()).toHaveLength(2)
  // Whoever is behind catches up before it sends anything: neither is stuck, and neither spends what the other spent.
  for (const vault of [on.vault, page.vault, page.vault, on.vault]) {
    await on.world.advance(5000)
    expect(await on.ask(vault, { forceRefresh: true })).toMatchObject({ subject: 'user-1' })
  }
  expect(families(on)).toEqual(new Set([true]))
})

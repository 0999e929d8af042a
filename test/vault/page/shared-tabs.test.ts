import { describe, expect, test } from 'vitest'
import { behaviours } from '../../../src/testing/provider/behaviours.ts'
import { refusal } from '../../../src/testing/provider/responses.ts'
import { openPageVault } from '../../../src/vault/page/page-vault.ts'
import type { IssuedToken } from '../../../src/vault/vault.ts'
import { failure } from '../../support/outcomes.ts'
import {
  accessToken,
  vaultDevice as device,
  gate,
  states,
  type VaultDevice as Device,
  type Opened,
} from '../device.ts'

const HOUR = 3_600_000

/** Eight tabs of one user, all from one sign-in. */
async function eightTabs(options = {}, tabOptions = {}) {
  const made = await device(options)
  const tabs: Opened[] = []
  for (let i = 0; i < 8; i++) tabs.push(await made.opened('shared', {}, tabOptions))
  await made.signIn(tabs[0]!.vault)
  await made.world.settle()
  for (const { events } of tabs) events.length = 0
  return { ...made, tabs, first: tabs[0]!, others: tabs.slice(1) }
}

/** The last copy of the family that a tab sent; on another channel they announce sign-ins. */
const copied = (world: Device['world']) =>
  world.broadcasts.findLast(({ message }) => (message as { type: string }).type === 'family')!

const vaults = (tabs: Opened[]) => tabs.map(({ vault }) => vault)

/** Three expiries: each time all tabs ask at once, one of them sends a request, and all have its token. */
async function expectOneRequestEachTime(
  { world, ask, refreshes }: Pick<Device, 'world' | 'ask' | 'refreshes'>,
  tabs: Opened[],
): Promise<void> {
  for (let round = 1; round < 4; round++) {
    world.sleep(2 * HOUR)
    const tokens = await Promise.all(vaults(tabs).map((vault) => ask(vault)))
    expect(new Set(tokens.map(accessToken)).size).toBe(1)
    expect(refreshes().length).toBe(round)
  }
}

describe('T-34 U2 eight tabs that share a session', () => {
  test('are all signed in by one sign-in, a later tab too', async () => {
    const { tabs, opened } = await eightTabs()
    tabs.push(await opened('shared'))
    for (const vault of vaults(tabs)) {
      expect(await vault.open()).toMatchObject({ status: 'live', claims: { sub: 'user-1' } })
    }
  })

  test('send one request at expiry, and all have the fresh token', async () => {
    const { tabs, ...made } = await eightTabs()
    await expectOneRequestEachTime(made, tabs)
    expect(tabs.flatMap(({ events }) => states(events))).toEqual([])
  })

  test('send one request at expiry also where a busy machine brings their messages late', async () => {
    const { tabs, ...made } = await eightTabs()
    made.world.channels.delayMs = 500
    await expectOneRequestEachTime(made, tabs)
    expect(tabs.flatMap(({ events }) => states(events))).toEqual([])
  })

  test('send one request also where the messages of the one that sends it leave it late', async () => {
    const made = await device()
    const first = await made.opened('shared', {}, { sendDelayMs: 500 })
    const others = [await made.opened('shared'), await made.opened('shared')]
    await made.signIn(first.vault)
    await made.world.advance(1000)
    await expectOneRequestEachTime(made, [first, ...others])
  })

  test('take the token of a tab that has just refreshed', async () => {
    const { first, others, world, ask, refreshes } = await eightTabs()
    world.sleep(2 * HOUR)
    await ask(first.vault)
    await ask(others[0]!.vault)
    expect(refreshes().length).toBe(1)
  })

  test('U14 are all told of new claims that a refresh in one of them brought', async () => {
    const { first, others, provider, world, ask } = await eightTabs({ refreshIdToken: true })
    provider.idToken.claims = { name: 'New' }
    await ask(first.vault, { forceRefresh: true })
    await world.settle()
    for (const { events } of [first, ...others]) {
      expect(states(events)).toMatchObject([{ status: 'live', claims: { name: 'New' } }])
    }
  })

  test('stay signed in when a refresh fails for now, and try again', async () => {
    const { tabs, provider, world, ask, refreshes } = await eightTabs()
    provider.next('token', behaviours.offline)
    world.sleep(2 * HOUR)
    await Promise.all(vaults(tabs).map((vault) => ask(vault)))
    expect(refreshes().length).toBeLessThanOrEqual(3)
    expect(tabs.flatMap(({ events }) => states(events))).toEqual([])
  })

  test('stay signed in when the refreshing tab is gone before the provider acts', async () => {
    const { first, others, provider, world, ask, refreshes } = await eightTabs()
    world.sleep(2 * HOUR)
    provider.next('token', behaviours.deaf)
    first.vault.getToken({}).catch(() => {})
    await world.settle()
    first.close()
    const tokens = await Promise.all(vaults(others).map((vault) => ask(vault)))
    expect(new Set(tokens.map(accessToken)).size).toBe(1)
    expect(refreshes().length).toBe(2)
    expect(others.flatMap(({ events }) => states(events))).toEqual([])
  })

  test('end as answer_lost, once, when the refreshing tab is gone after the provider rotated', async () => {
    const { first, others, provider, world, ask, refreshes } = await eightTabs()
    world.sleep(2 * HOUR)
    provider.next('token', async (act) => {
      await act()
      return new Promise(() => {})
    })
    first.vault.getToken({}).catch(() => {})
    await world.settle()
    first.close()
    const errors = await Promise.all(vaults(others).map(async (vault) => failure(ask(vault))))
    await world.advance(HOUR)
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['session_expired']))
    for (const { events } of others) {
      expect(states(events)).toMatchObject([{ status: 'expired', reason: 'answer_lost' }])
    }
    expect(refreshes().length).toBe(2)
  })

  test('wait for a while, not for ever, when a frozen tab holds the lock', async () => {
    const { others, world, config, tabs, refreshes } = await eightTabs()
    const { name } = copied(world)
    expect(name).toContain(config.name)
    void world.thread().locks!.request(name, {}, () => new Promise<never>(() => {}))
    world.sleep(2 * HOUR)
    const start = world.monotonic
    const waiting = Promise.all(vaults(others).map((vault) => vault.getToken({})))
    await world.advance(40_000)
    await waiting
    expect(world.monotonic - start).toBe(40_000)
    // One after another all the same.
    expect(refreshes().length).toBe(1)
    expect(
      tabs.flatMap(({ events }) => states(events)).filter(({ status }) => status === 'empty'),
    ).toEqual([])
  })

  test('each go their own way without locks, and stay signed in with a grace window', async () => {
    const { tabs, world, ask } = await eightTabs({ grace: 60_000 }, { locks: false })
    world.sleep(2 * HOUR)
    await Promise.all(vaults(tabs).map((vault) => ask(vault)))
    expect(tabs.flatMap(({ events }) => states(events))).toEqual([])
  })

  test('T-17 stay signed in at an invalid_grant for a token that another tab has moved on from', async () => {
    const { first, others, provider, world, pass, ask, refreshes } = await eightTabs(
      {},
      { locks: false },
    )
    const behind = others[0]!
    const { behaviour, open } = gate()
    provider.next('token', (_act, request) =>
      behaviour(async () => refusal('invalid_grant'), request),
    )
    const waiting = behind.vault.getToken({ forceRefresh: true })
    await world.settle()
    const { response } = await ask(first.vault, { forceRefresh: true })
    open()
    expect(accessToken(await pass(waiting))).toBe(response.access_token)
    expect(behind.events.filter(({ type }) => type === 'state')).toEqual([])
    expect(refreshes().length).toBe(2)
  })

  test('are each told once that the session expired at invalid_grant', async () => {
    const { tabs, provider, world, ask, refreshes } = await eightTabs()
    for (const { grant } of provider.refreshTokens.values()) grant.alive = false
    world.sleep(2 * HOUR)
    await Promise.all(vaults(tabs).map(async (vault) => failure(ask(vault))))
    await world.advance(1000)
    for (const { events } of tabs) {
      expect(states(events)).toMatchObject([{ status: 'expired', reason: 'invalid_grant' }])
    }
    expect(refreshes().length).toBe(1)
  })

  test('U19 are all signed out by one, and no copy brings the session back', async () => {
    const { tabs, first, world, latest, provider } = await eightTabs()
    const copy = copied(world)
    await first.vault.endSession({ provider: false })
    await world.settle()
    world.thread().channel(copy.name)!.post(copy.message)
    await world.settle()
    for (const { vault, events } of tabs) {
      expect(await vault.open()).toMatchObject({ status: 'empty' })
      expect(states(events).length).toBe(1)
    }
    expect(provider.revoked).toEqual([latest()])
  })

  test('U19 revoke both tokens of a tab that refreshed during a sign-out', async () => {
    const { first, others, world, provider, latest } = await eightTabs()
    const before = latest()
    const { behaviour, open } = gate()
    provider.next('token', behaviour)
    provider.always('revocation', () => new Response(''))
    const waiting = failure(first.vault.getToken({ forceRefresh: true }))
    await world.settle()
    await others[0]!.vault.endSession({ provider: false })
    await world.settle()
    open()
    expect((await waiting).code).toBe('signed_out')
    await world.settle()
    const revoked = provider.requests('revocation').map(({ parameters }) => parameters.get('token'))
    expect(new Set(revoked)).toEqual(new Set([before, latest()]))
  })

  test('all have the new session when the same user signs in again', async () => {
    const { tabs, others, signIn, world, ask, latest, refreshes } = await eightTabs()
    await signIn(others[0]!.vault)
    const before = latest()
    await world.settle()
    await ask(tabs[7]!.vault, { forceRefresh: true })
    expect(refreshes().at(-1)!.parameters.get('refresh_token')).toBe(before)
  })

  test('U20 neither keep nor mix the first user when another takes its place', async () => {
    const { tabs, first, others, provider, signIn, world } = await eightTabs()
    provider.options.subject = 'user-2'
    await signIn(first.vault, { replaces: 'user-1' })
    await world.settle()
    expect(await first.vault.open()).toMatchObject({ claims: { sub: 'user-2' } })
    for (const { vault } of others) {
      expect(await vault.open()).toEqual({ status: 'empty', reason: 'user_changed' })
    }
    expect(tabs.length).toBe(8)
  })

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'family'],
    ['no family', { type: 'family' }],
    ['an empty one', { type: 'family', family: {} }],
    ['one without tokens', { type: 'family', family: { id: 'x', claims: { sub: 'user-1' } } }],
    ['an unknown type', { type: 'constructor' }],
    ['expired of another', { type: 'expired', id: 'x', reason: 'invalid_grant' }],
    ['expired of nobody', { type: 'expired' }],
    ['expired of this one for no reason', { type: 'expired', id: 'et.test.1' }],
    ['expired of this one, reason unknown', { type: 'expired', id: 'et.test.1', reason: 'bored' }],
    [
      'expired of this one, reason odd',
      { type: 'expired', id: 'et.test.1', reason: ['vault_lost'] },
    ],
  ])('ignore a hostile message: %s', async (_, message) => {
    const { tabs, world, ask } = await eightTabs()
    const { name } = copied(world)
    world.thread().channel(name)!.post(message)
    await world.settle()
    expect(tabs.flatMap(({ events }) => states(events))).toEqual([])
    await ask(tabs[0]!.vault)
  })

  test.each<[string, Record<string, unknown>]>([
    ['foreign endpoints', { metadata: { issuer: 'https://evil.example' } }],
    ['another user in this family', { claims: { sub: 'user-2' } }],
    ['a revision that is none', { revision: Number.NaN }],
    ['a revision that nothing comes after', { revision: Number.MAX_VALUE }],
    ['tokens that are none', { tokens: [null] }],
    ['claims that are a list', { claims: Object.assign(['x'], { sub: 'user-1' }) }],
    ['a history that is none', { history: { ambiguous: 'no', refusals: 0 } }],
    ['refusals below none', { history: { ambiguous: false, refusals: -9 } }],
    ['a refresh token that is none', { refreshToken: 7 }],
    ['an ID token that is none', { idToken: {} }],
  ])('ignore a hostile family with %s', async (_, change) => {
    const { tabs, world, ask, latest, refreshes } = await eightTabs()
    const { name, message } = copied(world)
    const { family } = message as { family: { revision: number } }
    world
      .thread()
      .channel(name)!
      .post({
        type: 'family',
        family: { ...family, revision: family.revision + 1, refreshToken: 'evil', ...change },
      })
    await world.settle()
    const before = latest()
    await ask(tabs[1]!.vault, { forceRefresh: true })
    expect(refreshes().at(-1)!.parameters.get('refresh_token')).toBe(before)
  })

  test('T-10 take only the known members of a hostile token response', async () => {
    const { tabs, world, ask, latest } = await eightTabs()
    const { name, message } = copied(world)
    const { family } = message as { family: { revision: number; tokens: IssuedToken[] } }
    const [token] = family.tokens
    const response = { ...token!.response, access_token: 'theirs', refresh_token: 'x', more: {} }
    const tokens = [{ ...token, more: 7, response }]
    const revision = family.revision + 1
    const channel = world.thread().channel(name)!
    channel.post({ type: 'family', family: { ...family, tokens, revision } })
    await world.settle()
    const got = await ask(tabs[1]!.vault)
    expect(accessToken(got)).toBe('theirs')
    expect(Object.keys(got).sort()).toEqual([
      'age',
      'key',
      'lifetime',
      'response',
      'sentAt',
      'subject',
    ])
    expect(Object.keys(got.response)).not.toContain('refresh_token')
    expect(Object.keys(got.response)).not.toContain('more')
    const before = latest()
    const broken = [{ ...token, response: { ...response, token_type: 'DPoP' } }]
    channel.post({ type: 'family', family: { ...family, tokens: broken, revision: revision + 1 } })
    await world.settle()
    expect(accessToken(await ask(tabs[1]!.vault))).toBe('theirs')
    expect(latest()).toBe(before)
  })

  test('go on without locks that throw at once', async () => {
    const { world, config, pass, signIn, ask } = await device()
    const locks = {
      request() {
        throw new DOMException('no locks here', 'SecurityError')
      },
    }
    for (const tabs of ['isolated', 'shared'] as const) {
      const env = { ...world.thread(), locks }
      const vault = openPageVault(env, config, tabs, { get: () => null, set: () => false }, 'note')
      await pass(vault.open())
      expect(await signIn(vault)).toMatchObject({ status: 'live' })
      await ask(vault, { forceRefresh: true })
    }
  })

  test.each(['Isolated', 'Shared', '', undefined])(
    'copy no refresh token with tabs: %j',
    async (tabs) => {
      const { world, config, pass, signIn, latest } = await device()
      const marks = { get: () => null, set: () => false }
      const vault = openPageVault(world.thread(), config, tabs as never, marks, 'note')
      await pass(vault.open())
      await signIn(vault)
      expect(JSON.stringify(world.broadcasts)).not.toContain(latest())
    },
  )

  test('go on when a channel throws', async () => {
    const { opened, signIn, ask, world } = await device()
    const { vault } = await opened('shared')
    await signIn(vault)
    // As a closed BroadcastChannel does.
    const post = world.broadcasts.push
    world.broadcasts.push = () => {
      throw new DOMException('closed', 'InvalidStateError')
    }
    await ask(vault, { forceRefresh: true })
    await signIn(vault)
    await vault.endSession({ provider: false })
    world.broadcasts.push = post
    expect(await vault.open()).toMatchObject({ status: 'empty' })
  })

  test('work alone without channels', async () => {
    const { opened, signIn, ask } = await device()
    const { vault } = await opened('shared', {}, { channels: false })
    await signIn(vault)
    await ask(vault, { forceRefresh: true })
  })

  test('hear nothing more once closed', async () => {
    const { opened, signIn, world } = await device()
    const one = await opened('shared')
    const two = await opened('shared')
    two.vault.close()
    await signIn(one.vault)
    await world.settle()
    expect(two.events).toEqual([])
  })
})

describe('U2 eight tabs on their own (isolated)', () => {
  test('keep eight families, none harmed by another', async () => {
    const { opened, signIn, world, ask, refreshes } = await device()
    const tabs: Opened[] = []
    for (let i = 0; i < 8; i++) tabs.push(await opened('isolated'))
    for (const { vault } of tabs) await signIn(vault)
    world.sleep(2 * HOUR)
    const tokens = await Promise.all(vaults(tabs).map((vault) => ask(vault)))
    expect(new Set(tokens.map(accessToken)).size).toBe(8)
    expect(refreshes().length).toBe(8)
    expect(new Set(refreshes().map(({ parameters }) => parameters.get('refresh_token'))).size).toBe(
      8,
    )
  })

  test('U24 announce no token of any kind', async () => {
    const { opened, signIn, world, ask, provider } = await device()
    const { vault } = await opened('isolated')
    await signIn(vault)
    await ask(vault, { forceRefresh: true })
    await vault.endSession({ provider: false })
    const announced = world.broadcasts.filter(({ name }) => !name.includes('echo'))
    expect(announced.map(({ message }) => message)).toEqual([
      { type: 'signed-in', sub: 'user-1' },
      { type: 'signed-out' },
    ])
    for (const secret of provider.secrets) {
      expect(JSON.stringify(world.broadcasts)).not.toContain(secret)
    }
  })

  test('U19 are told of a sign-out, and each revokes its own token', async () => {
    const { opened, signIn, world, provider } = await device()
    const [one, two] = [await opened('isolated'), await opened('isolated')]
    await signIn(one.vault)
    await signIn(two.vault)
    await one.vault.endSession({ provider: false })
    await world.settle()
    expect(await two.vault.open()).toEqual({ status: 'empty', reason: 'signed_out_elsewhere' })
    expect(provider.revoked.length).toBe(2)
  })

  test('U20 end the session of a user when another signs in elsewhere', async () => {
    const { opened, signIn, world, provider } = await device()
    const [one, two] = [await opened('isolated'), await opened('isolated')]
    await signIn(one.vault)
    provider.options.subject = 'user-2'
    await signIn(two.vault)
    await world.settle()
    expect(await one.vault.open()).toEqual({ status: 'empty', reason: 'user_changed' })
  })

  test.each([
    undefined,
    null,
    7,
    'signed-out',
    {},
    { type: 'signed-in' },
    { type: 'signed-in', sub: 7 },
  ])('ignore the forged announcement %j', async (message) => {
    const { opened, signIn, world } = await device()
    const { vault } = await opened('isolated')
    await signIn(vault)
    world.thread().channel(world.broadcasts[0]!.name)!.post(message)
    await world.settle()
    expect(await vault.open()).toMatchObject({ status: 'live' })
  })

  test('A-11 take a response once, also in a tab that window.open cloned', async () => {
    const { opened, redirect, complete, pass, provider } = await device()
    const [one, two] = [await opened('isolated'), await opened('isolated')]
    const response = await redirect(one.vault)
    const both = await pass(
      Promise.allSettled([complete(one.vault, response), complete(two.vault, response)]),
    )
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(provider.requests('token').length).toBe(1)
  })

  test('finish a sign-in although a lock hangs', async () => {
    const { opened, redirect, complete, pass, world, config } = await device()
    const { vault } = await opened('isolated')
    const name = `evertoken.claimed.${config.name}`
    void world.thread().locks!.request(name, {}, () => new Promise<never>(() => {}))
    expect(await pass(complete(vault, await redirect(vault)))).toMatchObject({
      status: 'live',
    })
  })
})

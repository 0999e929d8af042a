import { expect, test } from 'vitest'
import { behaviours } from '../../../../src/testing/provider/behaviours.ts'
import { failure } from '../../../support/outcomes.ts'
import { gate, states, vaultDevice, type VaultDevice } from '../../device.ts'
import { loadAnew, refreshHeld, relayed } from './lone-tab.ts'

const allAlive = ({ provider }: Pick<VaultDevice, 'provider'>) =>
  [...provider.refreshTokens.values()].every(({ grant }) => grant.alive)

test('U2 a sign-in of the same user without a new refresh token, in the middle of a refresh, is no reason to send the refresh token twice', async () => {
  const on = await relayed()
  const open = await refreshHeld(on, on)
  // As providers do unless the user consents again.
  on.provider.next('token', async (act) => {
    const { refresh_token: _, ...answer } = await (await act()).json()
    return Response.json(answer)
  })
  await on.signIn(on.vault, { replaces: 'user-1' })
  const page = loadAnew(on)
  const asked = page.vault.open().then(() => page.vault.getToken({ forceRefresh: true }))
  await on.world.settle()
  open()
  expect(await on.pass(asked)).toMatchObject({ subject: 'user-1' })
  expect(on.refreshes().map(({ parameters }) => parameters.get('refresh_token'))).toHaveLength(2)
  expect(
    new Set(on.refreshes().map(({ parameters }) => parameters.get('refresh_token'))).size,
  ).toBe(2)
})

test('U2 a relay that is slow to hear of the next worker still sends the refresh token that came meanwhile', async () => {
  const on = await relayed()
  const open = await refreshHeld(on, on)
  const page = loadAnew(on)
  await on.pass(page.vault.open())
  open()
  await on.world.settle()
  on.world.relays.toRelay.mode = 'hold'
  const asked = page.vault.getToken({ forceRefresh: true })
  await on.world.advance(3000)
  on.world.relays.toRelay.release()
  expect(await on.pass(asked)).toMatchObject({ subject: 'user-1' })
  expect(allAlive(on)).toBe(true)
})

test('U2 a relay that wakes up late sends nothing that its worker has given up', async () => {
  const on = await relayed()
  const { toRelay, toWorker } = on.world.relays
  // It says that it knows, and hears nothing after that.
  toWorker.mode = 'hold'
  const asked = on.vault.getToken({ forceRefresh: true })
  await on.world.settle()
  toRelay.mode = 'hold'
  toWorker.release()
  const failed = failure(asked)
  await on.world.advance(45_000)
  expect(await failed).toMatchObject({ code: 'timeout' })
  expect(await on.ask(on.vault)).toMatchObject({ subject: 'user-1' })
  await on.ask(on.vault, { forceRefresh: true })
  toRelay.release()
  await on.world.advance(5000)
  await on.ask(on.vault, { forceRefresh: true })
  expect(allAlive(on)).toBe(true)
})

test('U20 a user who signs in while the refresh of another waits to be sent is given no token of theirs', async () => {
  const on = await relayed()
  on.world.relays.toWorker.mode = 'hold'
  const asked = failure(on.vault.getToken({ forceRefresh: true }))
  await on.world.settle()
  on.provider.options.subject = 'user-2'
  const signedIn = on
    .redirect(on.vault)
    .then((redirect) => on.complete(on.vault, { ...redirect, replaces: 'user-1' }))
  await on.world.settle()
  on.world.relays.toWorker.release()
  await on.pass(Promise.all([asked, signedIn]))
  await on.world.advance(5000)
  const page = loadAnew(on)
  await on.pass(page.vault.open())
  const before = new Set([...on.provider.accessTokens.keys()])
  const token = await on.ask(page.vault, { forceRefresh: true })
  expect(before.has(token.response.access_token)).toBe(false)
  expect(on.provider.accessTokens.get(token.response.access_token)).toMatchObject({
    subject: 'user-2',
  })
})

test('a worker that dies slowly, and takes the copy last, does not leave the next one stuck', async () => {
  const on = await relayed()
  on.world.hosts.clear()
  const dying = on.tab('relayed')
  on.world.hosts.clear()
  const page = on.tab('relayed')
  await on.pass(page.vault.open())
  await on.pass(dying.vault.open())
  await on.ask(dying.vault, { forceRefresh: true })
  await on.world.advance(5000)
  for (let round = 0; round < 2; round++) {
    expect(await on.ask(page.vault, { forceRefresh: true })).toMatchObject({ subject: 'user-1' })
    await on.world.advance(5000)
  }
  expect(allAlive(on)).toBe(true)
})

test('U8 what a worker got past its relay, and tells it as it dies, is what the next one goes on with', async () => {
  const on = await relayed()
  const { toWorker } = on.world.relays
  const { behaviour, open } = gate()
  on.provider.next('token', behaviour)
  // The relay does not answer in time: the worker sends the refresh itself.
  toWorker.mode = 'hold'
  on.vault.getToken({ forceRefresh: true }).catch(() => {})
  await on.world.advance(600)
  toWorker.release()
  on.world.hosts.clear()
  const page = on.tab('relayed')
  await on.pass(page.vault.open())
  open()
  await on.world.advance(2000)
  expect(await on.ask(page.vault, { forceRefresh: true })).toMatchObject({ subject: 'user-1' })
  expect(allAlive(on)).toBe(true)
})

test('a copy that nobody told again for a minute is not given back: its tabs were closed', async () => {
  const on = await relayed()
  on.world.killWorker()
  await on.world.advance(61_000)
  const page = on.tab('relayed')
  expect(await on.pass(page.vault.open())).toMatchObject({ status: 'empty' })
})

test('three reloads in a row keep the session', async () => {
  const on = await relayed()
  for (let reload = 0; reload < 3; reload++) {
    loadAnew(on)
      .vault.open()
      .catch(() => {})
    await on.world.turns(reload)
  }
  const page = loadAnew(on)
  expect(await on.pass(page.vault.open())).toMatchObject({ status: 'live' })
  expect(await on.ask(page.vault, { forceRefresh: true })).toMatchObject({ subject: 'user-1' })
})

test('a browser that never says which relay it has holds up neither a start nor a sign-out', async () => {
  const on = await vaultDevice({}, { relay: true })
  on.world.relays.isSilent = true
  const { vault, events } = await on.opened('relayed')
  await on.signIn(vault)
  expect(states(events).at(-1)).toMatchObject({ status: 'live' })
  expect(await on.pass(vault.endSession({ provider: false }), 5000)).toEqual({})
})

test('more copies than a worker has vaults: the one that was told the longest ago makes room', async () => {
  const on = await vaultDevice({}, { relay: true })
  for (let i = 0; i <= 20; i++) {
    const { vault } = await on.opened('relayed', { scope: `openid s${i}` })
    await on.signIn(vault)
    if (i === 10) {
      on.world.killWorker()
    }
  }
  await on.world.settle()
  on.world.killWorker()
  const oldest = on.tab('relayed', { scope: 'openid s0' })
  const newest = on.tab('relayed', { scope: 'openid s20' })
  expect(await on.pass(newest.vault.open())).toMatchObject({ status: 'live' })
  expect(await on.pass(oldest.vault.open())).toMatchObject({ status: 'empty' })
})

test('a refresh that hangs does not have the one behind it sent after its caller left', async () => {
  const on = await relayed()
  on.provider.next('token', behaviours.hang)
  void on.vault.getToken({ forceRefresh: true }).catch(() => {})
  await on.world.settle()
  const page = loadAnew(on)
  await on.pass(page.vault.open())
  const asked = page.vault.getToken({ forceRefresh: true })
  expect(
    await on.pass(asked.catch(() => page.vault.getToken({ forceRefresh: true }))),
  ).toMatchObject({
    subject: 'user-1',
  })
  expect(allAlive(on)).toBe(true)
})

import { expect, test } from 'vitest'
import type { RelayHome } from '../../../../src/vault/worker/relay/relay-client.ts'
import { RelayClient } from '../../../../src/vault/worker/relay/relay-client.ts'
import {
  RELAY_PROTOCOL,
  type RelayAnswer,
  type RelayRequest,
} from '../../../../src/vault/worker/relay/protocol.ts'
import { Relay } from '../../../../src/vault/worker/relay/relay.ts'
import { VaultPool } from '../../../../src/vault/worker/vault-pool.ts'
import { vaultDevice } from '../../device.ts'

type Answer = (request: RelayRequest) => RelayAnswer | Promise<RelayAnswer> | undefined

/** The vault of a worker whose relay answers as a test says; undefined: as a relay does. */
async function withRelay(answer: Answer, change: Partial<RelayHome> = {}) {
  const on = await vaultDevice()
  const env = on.world.thread()
  const relay = new Relay(on.world.thread())
  const home: RelayHome = {
    workerName: '',
    find: async () => ({
      isGone: () => false,
      post(request, onAnswer) {
        void Promise.resolve(answer(request) ?? relay.receive(request, 'worker')).then(onAnswer)
      },
    }),
    register: () => Promise.reject(new Error('refused')),
    update: async () => {},
    ...change,
  }
  const client = new RelayClient(env, home)
  return { ...on, client, vault: new VaultPool(env, client).get(on.config), relay }
}

test('U19 a family that is over for the relay ends in the worker: it heard of a sign-out that the worker did not', async () => {
  let isOver = false
  const on = await withRelay(({ method, protocol }) =>
    isOver && method === 'keep' ? { protocol, value: 'over' } : undefined,
  )
  await on.signIn(on.vault)
  isOver = true
  await on.world.advance(25_000)
  expect(await on.vault.open()).toMatchObject({ status: 'empty', reason: 'signed_out_elsewhere' })
  isOver = false
  expect(await on.signIn(on.vault)).toMatchObject({ status: 'live' })
})

test('a vault that made room for another adopts nothing, and sets no timer', async () => {
  let give = (_: RelayAnswer) => {}
  const late = new Promise<RelayAnswer>((resolve) => (give = resolve))
  const first = await withRelay(() => undefined)
  await first.signIn(first.vault)
  const key = JSON.stringify(['', JSON.stringify(first.config)])
  const taken = await first.relay.receive(
    { protocol: RELAY_PROTOCOL, method: 'take', argument: { key } },
    'worker',
  )
  const on = await withRelay(({ method }) => (method === 'take' ? late : undefined))
  const opened = on.vault.open()
  await on.world.advance(1000)
  await opened
  on.vault.close()
  give(taken)
  await on.world.settle()
  expect(await on.vault.open()).toMatchObject({ status: 'empty' })
  expect(on.world.pendingTimers).toBe(0)
})

test('a relay of another version is told to make room once, also where the browser cannot get the newer file', async () => {
  let updates = 0
  const on = await withRelay(() => ({ protocol: RELAY_PROTOCOL + 1 }), {
    update: async () => {
      updates++
      throw new TypeError('offline')
    },
  })
  await on.signIn(on.vault)
  await on.ask(on.vault, { forceRefresh: true })
  await on.world.advance(100_000)
  expect(updates).toBe(1)
  expect(await on.vault.open()).toMatchObject({ status: 'live' })
})

test('a relay that a browser refuses to speak to is one that does not answer', async () => {
  const on = await withRelay(() => undefined, {
    find: async () => ({
      isGone: () => false,
      post() {
        throw new DOMException('redundant', 'InvalidStateError')
      },
    }),
  })
  expect(await on.vault.open()).toMatchObject({ status: 'empty' })
  await on.signIn(on.vault)
  await on.ask(on.vault, { forceRefresh: true })
  expect(await on.pass(on.vault.endSession({ provider: false }))).toEqual({})
})

test('a relay that was registered while another vault looked for one is not forgotten', async () => {
  const thread = { isGone: () => false, post() {} }
  let answer = () => {}
  const looked = new Promise<undefined>((resolve) => (answer = () => resolve(undefined)))
  let looks = 0
  const { client } = await withRelay(() => undefined, {
    find: () => (looks++ === 1 ? looked : Promise.resolve(undefined)),
    register: async () => thread,
  })
  const found = client.find()
  expect(await client.start()).toBe(thread)
  answer()
  expect(await found).toBe(thread)
  expect(client.thread).toBe(thread)
})

import { afterEach, beforeAll, expect, test } from 'vitest'
import type { Fault } from '../../../demo/provider/index.ts'
import { deployments, type Deployment } from './deployment.ts'
import type { Answer, Visitor } from './visitor.ts'

const deploy = deployments()
let deployment: Deployment
beforeAll(async () => {
  deployment = await deploy(3, { slowness: 1000 })
})
afterEach(async () => {
  deployment.provider.recover()
  await waitForProvider(undefined)
})

const TTL_MS = 300_000
/** How long a provider is waited for that does not answer. While it answers it has as long as a busy machine needs. */
const SILENCE_MS = 1_000

async function waitForProvider(ms: number | undefined): Promise<void> {
  await Promise.all(deployment.servers.map((server) => server.requestDeadline(ms)))
}

/** Within the last fifth of a lifetime a token is renewed ahead, and still holds. */
const DUE_MS = TTL_MS - 30_000

async function ask({ servers }: Deployment, visitor: Visitor): Promise<Answer[]> {
  const asked = Array.from({ length: 30 }, async (_, i) => {
    return await visitor.token(servers[i % servers.length]!.origin)
  })
  return await Promise.all(asked)
}

const statuses = (answers: readonly Answer[]): number[] => [
  ...new Set(answers.map(({ status }) => status)),
]

type Mode = Fault['mode'] extends infer M ? M : never
const faults: [mode: Mode, fault: Fault][] = [
  ['503', { endpoint: 'token', mode: '503' }],
  ['503-retry-after', { endpoint: 'token', mode: '503-retry-after', seconds: 40 }],
  ['429', { endpoint: 'token', mode: '429' }],
  ['429-retry-after', { endpoint: 'token', mode: '429-retry-after', seconds: 40 }],
  ['html', { endpoint: 'token', mode: 'html' }],
  ['hang', { endpoint: 'token', mode: 'hang' }],
  ['reset', { endpoint: 'token', mode: 'reset' }],
]

test.each(faults)(
  'B-27 keeps the session and asks once in a cool-down, over three processes, while the provider answers: %s',
  async (mode, fault) => {
    const { provider } = deployment
    const visitor = await deployment.signIn()
    const asked = refreshesSince(deployment)
    const failed = failures(deployment)
    provider.fail(fault)
    if (mode === 'hang') await waitForProvider(SILENCE_MS)

    // A token that still holds is used, and its renewal fails behind it.
    await deployment.advance(DUE_MS)
    expect(statuses(await ask(deployment, visitor))).toEqual([200])
    await expect.poll(() => failures(deployment) - failed).toBe(1)
    expect(statuses(await ask(deployment, visitor))).toEqual([200])
    expect(asked()).toBe(1)

    // It is over, and so is the cool-down: one more request, for all that ask.
    await deployment.advance(TTL_MS)
    for (const _ of [1, 2]) {
      const refused = await ask(deployment, visitor)
      expect(statuses(refused)).toEqual([503])
      for (const { retryAfter } of refused) expect(Number(retryAfter)).toBeGreaterThan(0)
      if (mode.endsWith('retry-after')) {
        for (const { retryAfter } of refused) expect(Number(retryAfter)).toBeGreaterThan(30)
      }
    }
    expect(asked()).toBe(2)
    for (const { origin } of deployment.servers) {
      expect((await visitor.session(origin)).body.authenticated).toBe(true)
    }

    provider.recover()
    await waitForProvider(undefined)
    await deployment.advance(TTL_MS)
    expect(statuses(await ask(deployment, visitor))).toEqual([200])
    expect(asked()).toBe(3)
    expect(provider.families().at(-1)).toMatchObject({ live: 1, reused: false })
  },
)

function refreshesSince(deployment: Deployment): () => number {
  const before = deployment.refreshes().length
  return () => deployment.refreshes().length - before
}

const failures = ({ events }: Deployment): number =>
  events.filter(({ type }) => type === 'refresh-failed').length

test('B-27 asks once more for an answer that was lost, and then for a new sign-in', async () => {
  const { provider } = deployment
  const visitor = await deployment.signIn()
  const asked = refreshesSince(deployment)
  provider.fail({ endpoint: 'token', mode: 'drop-answer', times: 1 })
  await deployment.expire()
  expect(statuses(await ask(deployment, visitor))).toEqual([503])
  await deployment.advance(TTL_MS)
  const refused = await ask(deployment, visitor)
  expect(statuses(refused)).toEqual([401])
  expect(refused.some(({ body }) => body.code === 'reauth_required')).toBe(true)
  expect(asked()).toBe(2)
  // It is final: nobody asks the provider again.
  expect(statuses(await ask(deployment, visitor))).toEqual([401])
  expect(asked()).toBe(2)
})

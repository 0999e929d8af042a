import fc from 'fast-check'
import { expect, test } from 'vitest'
import { behaviours, status, type Behaviour } from '../../../../src/testing/provider/behaviours.ts'
import { vaultDevice, type Opened, type VaultDevice } from '../../device.ts'

/** What happens in the only tab of a browser that ends its worker at a reload. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant('reload' as const) },
  { weight: 4, arbitrary: fc.constant('refresh' as const) },
  { weight: 3, arbitrary: fc.constant('another need' as const) },
  { weight: 2, arbitrary: fc.constant('late answer' as const) },
  { weight: 1, arbitrary: fc.constant('out of order' as const) },
  { weight: 1, arbitrary: fc.constant('not reached' as const) },
  { weight: 1, arbitrary: fc.constant('relay is slow' as const) },
  { weight: 2, arbitrary: fc.constant('relay is quick' as const) },
  { weight: 4, arbitrary: fc.record({ ms: fc.oneof(fc.nat(40), fc.nat(3000), fc.nat(90_000)) }) },
  { weight: 3, arbitrary: fc.record({ turns: fc.nat(6) }) },
)
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

const numRuns = Number(process.env['RELAY_RUNS'] ?? 75)

/** What the walk ordered from the provider and did not use fails first. */
async function newToken({ world, pass }: VaultDevice, { vault }: Opened): Promise<unknown> {
  for (let tries = 0; tries < 40; tries++) {
    const token = await pass(vault.getToken({ forceRefresh: true }).catch(() => undefined))
    if (token) return token
    await world.advance(90_000)
  }
  return undefined
}

async function walk(steps: Step[]): Promise<void> {
  const on = await vaultDevice({ expiresIn: 60 }, { relay: true })
  const { world, provider } = on
  let page: Opened = await on.opened('relayed')
  await on.signIn(page.vault)
  await world.settle()
  const fates: Record<'late answer' | 'out of order' | 'not reached', Behaviour> = {
    'late answer': async (act) => {
      const answer = await act()
      await new Promise<void>((done) => void world.timer(done, 2000))
      return answer
    },
    'out of order': status(503),
    'not reached': behaviours.offline,
  }
  for (const one of steps) {
    if (typeof one === 'object') {
      // A relay that is slower than a vault waits for a copy costs the session: see the relay's own tests.
      if ('ms' in one && one.ms > 400) world.relays.toRelay.release()
      await ('ms' in one ? world.advance(one.ms) : world.turns(one.turns))
      continue
    }
    page = take(one) ?? page
  }
  world.relays.toRelay.release()
  await world.advance(90_000)
  // Nothing was the user's doing, and nothing was the provider's: the session is there, and its family never reused.
  expect((await on.pass(page.vault.open())).status).toBe('live')
  expect(await newToken(on, page)).toMatchObject({ subject: 'user-1' })
  expect([...provider.refreshTokens.values()].every(({ grant }) => grant.alive)).toBe(true)

  function take(what: Extract<Step, string>): Opened | undefined {
    switch (what) {
      case 'reload': {
        world.killWorker()
        world.relays.toRelay.release()
        const next = on.tab('relayed')
        next.vault.open().catch(() => {})
        return next
      }
      case 'refresh':
        page.vault.getToken({ forceRefresh: true }).catch(() => {})
        return undefined
      case 'another need':
        page.vault.getToken({ scope: 'openid', forceRefresh: true }).catch(() => {})
        return undefined
      case 'relay is slow':
        world.relays.toRelay.mode = 'hold'
        return undefined
      case 'relay is quick':
        world.relays.toRelay.release()
        return undefined
      default:
        provider.next('token', fates[what])
        return undefined
    }
  }
}

test(
  'U8 reloads at any moment of any refresh, in any order, lose no session and reuse no refresh token',
  async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 30 }), walk), {
      numRuns,
    })
  },
  Math.max(numRuns * 3000, 120_000),
)

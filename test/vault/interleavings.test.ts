import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AuthError } from '../../src/errors.ts'
import type { TokenNeed, Vault } from '../../src/vault/vault.ts'
import { behaviours, status, type Behaviour } from '../../src/testing/provider/behaviours.ts'
import { refusal } from '../../src/testing/provider/responses.ts'
import { vaultDevice as device, type Kind, type Opened } from './device.ts'

const NEEDS: TokenNeed[] = [
  {},
  { forceRefresh: true },
  { proactive: true },
  { resumed: true },
  { minValidity: 20_000 },
  { resource: ['https://a.example'] },
  { scope: 'openid' },
]

const FATES: Record<string, Behaviour> = {
  'answers late': async (act) => {
    await new Promise((resolve) => setImmediate(resolve))
    return act()
  },
  'is out of order': status(503),
  'asks for rest': status(429, { 'retry-after': '3' }),
  'loses the answer': behaviours.dropAfterActing,
  hangs: behaviours.hang,
  'is deaf': behaviours.deaf,
  'is not reached': behaviours.offline,
  'refuses without a word': status(400),
  'refuses the need': () => refusal('invalid_target'),
  revokes: () => refusal('invalid_grant'),
}

type Step =
  | { do: 'call'; tab: number; need: number }
  | { do: 'tick'; ms: number }
  | { do: 'sleep'; ms: number }
  | { do: 'jump'; ms: number }
  | { do: 'fate'; fate: string }
  | { do: 'sign in'; tab: number; user: number }
  | { do: 'sign out'; tab: number }
  | { do: 'close'; tab: number }

const tab = fc.nat(2)
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('call' as const), tab, need: fc.nat(NEEDS.length - 1) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('tick' as const), ms: fc.nat(40_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sleep' as const), ms: fc.nat(200_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('jump' as const),
      ms: fc.constantFrom(-86_400_000, -3_600_000, 3_600_000, 86_400_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('fate' as const),
      fate: fc.constantFrom(...Object.keys(FATES)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('sign in' as const), tab, user: fc.nat(1) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sign out' as const), tab }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), tab }) },
) satisfies fc.Arbitrary<Step>

async function run(kind: Kind, rotate: boolean, steps: Step[]): Promise<void> {
  const made = await device({ rotate, grace: rotate ? 20_000 : 0, expiresIn: 60 })
  const { world, provider } = made
  const owners = new Map<string, string>()
  const spending = new Map<string, unknown>()
  const violations: string[] = []

  const note = (text: string, owner: string) => {
    for (const [, token] of text.matchAll(/"(?:access|refresh)_token":"([^"]+)"/g)) {
      owners.set(token!, owner)
    }
  }

  // Around everything that the script says of the token endpoint.
  const usual = provider.fetch
  Object.assign(world.network, {
    fetch: async (url: string, init: RequestInit) => {
      const sent = new URLSearchParams((init.body ?? '') as URLSearchParams).get('refresh_token')
      if (!sent) {
        const response = await usual(url, init)
        const text = await response.clone().text()
        const claims = /"id_token":"[^.]+\.([^.]+)/.exec(text)?.[1] ?? ''
        const sub = /"sub":"([^"]+)"/.exec(Buffer.from(claims, 'base64url').toString())?.[1]
        if (sub) note(text, sub)
        return response
      }
      if (spending.has(sent)) violations.push(`${sent} is sent twice at a time`)
      spending.set(sent, (init as { tab?: unknown }).tab)
      const over = () => void spending.delete(sent)
      init.signal?.addEventListener('abort', over)
      const response = await usual(url, init).finally(over)
      note(await response.clone().text(), owners.get(sent)!)
      return response
    },
  })

  const tabs: (Opened | undefined)[] = []
  for (let i = 0; i < 3; i++) tabs.push(await made.opened(kind))
  const pending = new Set<Promise<unknown>>()
  const known = async (vault: Vault) => {
    const state = await vault.open()
    return state.status === 'live' ? state.claims.sub : undefined
  }
  const track = (promise: Promise<unknown>) => {
    const settled = promise.catch((error: unknown) => {
      if (!(error instanceof AuthError)) violations.push(`not an AuthError: ${String(error)}`)
    })
    pending.add(settled)
    void settled.finally(() => pending.delete(settled))
  }

  async function take(what: Step): Promise<void> {
    if (what.do === 'tick') return world.advance(what.ms)
    if (what.do === 'sleep' || what.do === 'jump') {
      // An answer that is on its way to the page meanwhile is the page's to look at: it does (U7).
      await world.settle()
      return what.do === 'sleep' ? world.sleep(what.ms) : world.jump(what.ms)
    }
    if (what.do === 'fate') return provider.next('token', FATES[what.fate]!)
    const opened = tabs[what.tab]
    if (!opened) return
    const { vault } = opened
    if (what.do === 'close') {
      // One stays, to tell the story.
      if (kind === 'worker' || tabs.filter(Boolean).length === 1) return
      opened.close()
      tabs[what.tab] = undefined
      // Its connections died with it.
      for (const [sent, by] of spending) if (by === opened.tab) spending.delete(sent)
    } else if (what.do === 'sign out') {
      await vault.endSession({ provider: false })
      await world.settle()
      if ((await known(vault)) !== undefined) violations.push('signed out, and still there')
    } else if (what.do === 'sign in') {
      provider.options.subject = `user-${what.user}`
      const replaces = await known(vault)
      const response = { ...(await made.redirect(vault)), ...(replaces && { replaces }) }
      const exchange = made.complete(vault, response)
      track(exchange)
      await Promise.race([
        exchange.catch(() => {}),
        new Promise((resolve) => setTimeout(resolve, 20)),
      ])
    } else {
      const asked = await known(vault)
      let ended = false
      const stop = vault.observe((event) => {
        // The same user may have signed in again meanwhile.
        if (event.type === 'state') ended = event.state.status !== 'live'
      })
      const need = { ...NEEDS[what.need]!, subject: asked }
      const call = vault.getToken(need).then((token) => {
        const age = Math.max(world.wall - token.sentAt, token.age)
        if (age >= token.lifetime) violations.push('a stale token')
        if (ended && kind !== 'worker') violations.push('a token after the end of its session')
        const owner = owners.get(token.response.access_token)
        // Who asks before anybody is signed in gets what the session gives that is open when it answers.
        if (asked !== undefined && owner !== asked)
          violations.push(`a token of ${owner} for ${asked}`)
      })
      track(call.finally(stop))
      await world.turns(3)
    }
  }

  for (const what of steps) await take(what)
  // Dead tabs' promises are nobody's; everybody else's settle.
  for (let i = 0; pending.size > 0 && i < 10; i++) {
    await world.advance(30_000)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  if (tabs.every(Boolean)) expect(pending.size).toBe(0)
  expect(violations).toEqual([])
  for (const { message } of kind === 'shared' ? [] : world.broadcasts) {
    for (const secret of provider.secrets) expect(JSON.stringify(message)).not.toContain(secret)
  }
}

// The same walks each time, so that a change that broke one is told from luck; MODEL_RUNS walks longer, and other ones each
// time: what fails prints its seed, and MODEL_SEED walks it again.
const { MODEL_RUNS, MODEL_SEED = MODEL_RUNS === undefined ? '38' : undefined } = process.env
const runs = {
  numRuns: Number(MODEL_RUNS ?? 40),
  ...(MODEL_SEED !== undefined && { seed: Number(MODEL_SEED) }),
  ...(MODEL_RUNS === undefined && { interruptAfterTimeLimit: 60_000 }),
}

test.each<[Kind, string, boolean]>([
  ['isolated', 'rotating with a grace window', true],
  ['isolated', 'always the same', false],
  ['shared', 'rotating with a grace window', true],
  ['shared', 'always the same', false],
  ['worker', 'rotating with a grace window', true],
  ['worker', 'always the same', false],
])(
  'T-38 spends no refresh token twice and gives no stale or foreign token in any interleaving, %s, refresh tokens %s',
  async (kind, _, rotate) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), (steps) =>
        run(kind, rotate, [{ do: 'sign in', tab: 0, user: 0 }, ...steps]),
      ),
      runs,
    )
  },
  MODEL_RUNS === undefined ? 120_000 : 3_600_000,
)

// Cookies that another version of the backend sealed: a whole session, or a sign-in under way.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sealedCookies } from '../../../src/bff/sessions/sealed-cookies.ts'
import { PIECE, pieces } from '../cookie-setup.ts'
import { ALL_ROUTES, askFor, ROUTE_NAMES } from '../every-route.ts'
import { oddity, ringOf, withOddity } from '../oddities.ts'
import { patience, runs } from '../runs.ts'
import { setUp, type Browser, type BffSetup } from '../setup.ts'

const RUNS = 25
const TRANSACTION = /^__Host-Http-app\.tx\./
const routes = fc.shuffledSubarray([...ROUTE_NAMES], { minLength: 4 })

async function inCookies(): Promise<BffSetup> {
  return setUp({
    upstream: () => new Response('ok'),
    options: { ...ALL_ROUTES, store: sealedCookies() },
  })
}

/** No answer is a mistake of ours. */
async function askAll(
  setup: BffSetup,
  user: Browser,
  names: readonly (typeof ROUTE_NAMES)[number][],
) {
  for (const route of names) {
    const response = await (await askFor(setup, user, route))(setup.bff)
    expect([route, response.status]).not.toEqual([route, 500])
  }
  expect(setup.events.filter(({ type }) => type === 'unexpected-error')).toEqual([])
}

async function signIn({ provider }: BffSetup, user: Browser): Promise<void> {
  provider.idToken.claims = { sid: crypto.randomUUID() }
  await user.signIn()
}

test(
  'B-64 whatever another version sealed into the cookies of a session, no request fails for it, and the user can sign in',
  async () => {
    const setup = await inCookies()
    const run = async (
      one: typeof oddity extends fc.Arbitrary<infer O> ? O : never,
      names: never[],
    ) => {
      const user = setup.browser()
      await signIn(setup, user)
      const ring = ringOf(setup)
      const text = pieces(user)
        .map(([, value]) => value)
        .join('')
      const sealed = withOddity(await ring.open('session', text), one) ?? null
      // In one piece, however long it is.
      for (const [name] of pieces(user)) user.jar.delete(name)
      user.jar.set(`${PIECE}0`, await ring.seal('session', sealed, { header: { n: 1, gen: 1 } }))
      await askAll(setup, user, names)
      await signIn(setup, user)
      expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    }
    await fc.assert(fc.asyncProperty(oddity, routes as fc.Arbitrary<never[]>, run), {
      ...runs(RUNS),
      endOnFailure: true,
    })
  },
  patience(RUNS),
)

test(
  'B-64 whatever another version sealed into the cookie of a sign-in under way, no request fails for it, and another sign-in is finished',
  async () => {
    const setup = await setUp({ upstream: () => new Response('ok'), options: ALL_ROUTES })
    const ring = ringOf(setup)
    const run = async (at: number, bytes: Uint8Array, isCut: boolean, names: never[]) => {
      const user = setup.browser()
      await signIn(setup, user)
      let changed = 0
      const callback = await user.begin('?returnTo=/here')
      for (const [name, value] of user.jar) {
        if (!TRANSACTION.test(name)) continue
        changed++
        const before = (await ring.openShort('transaction', value))!
        const start = at % before.length
        const rest = isCut ? new Uint8Array() : before.slice(start + bytes.length)
        const other = Uint8Array.from([...before.slice(0, start), ...bytes, ...rest])
        user.jar.set(name, await ring.sealShort('transaction', other))
      }
      expect(changed).toBe(1)
      const answer = await user.navigate(callback, 'cross-site')
      // A nonce or a verifier that is another one is refused, too.
      expect([303, 400, 502]).toContain(answer.status)
      await askAll(setup, user, names)
      await signIn(setup, user)
      expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    }
    await fc.assert(
      fc.asyncProperty(
        fc.nat(250),
        fc.uint8Array({ maxLength: 20 }),
        fc.boolean(),
        routes as fc.Arbitrary<never[]>,
        run,
      ),
      { ...runs(RUNS), endOnFailure: true },
    )
  },
  patience(RUNS),
)

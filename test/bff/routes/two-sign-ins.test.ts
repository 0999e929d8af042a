// Two tabs of one browser sign in: it keeps one session, and the other one is nobody's.
import { describe, expect, test } from 'vitest'
import { sealedCookies } from '../../../src/bff/sessions/sealed-cookies.ts'
import { heldAnswer } from '../cookie-setup.ts'
import { setUp, type Browser, type BffSetup, type SetupOptions } from '../setup.ts'

const SECOND_USER = { sub: 'user-2' }
const isTransaction = ([name]: [string, string]) => name.includes('.tx.')
const transactions = ({ jar }: Browser) => [...jar].filter(isTransaction)
const signedIn = async (user: Browser) => (await user.sessionAnswer()).authenticated
const tokensOf = ({ provider }: BffSetup) => [...provider.refreshTokens.keys()]
const ended = ({ events }: BffSetup) => events.filter(({ type }) => type === 'session-ended')

/** A sign-in that comes back: its request has the cookies of this moment, and its answer arrives when it is let. */
class Callback {
  readonly #user: Browser
  readonly #path: string
  #answer: Response | undefined

  constructor(user: Browser, path: string) {
    this.#user = user
    this.#path = path
  }

  /** The session's own cookie is `Strict`, and does not come along from another site. */
  async send(): Promise<void> {
    const cookie = transactions(this.#user).map(([name, value]) => `${name}=${value}`)
    const headers = { cookie: cookie.join('; '), 'sec-fetch-site': 'cross-site' }
    const { bff } = this.#user
    const request = new Request(`https://app.example${this.#path}`, { headers })
    this.#answer = (await bff.handle(request)) ?? undefined
    expect(this.#answer?.status).toBe(303)
  }

  arrive(): void {
    this.#user.receive(this.#answer!)
  }
}

interface Started extends BffSetup {
  user: Browser
  callbacks: Callback[]
  /** Cookies of sessions that the browser had, and of which it may have one. */
  copies: string[]
}

async function begun(count: number, given: SetupOptions = {}): Promise<Started> {
  const setup = await setUp(given)
  const user = setup.browser()
  const paths: string[] = []
  for (let one = 0; one < count; one++) paths.push(await user.begin())
  const callbacks = paths.map((path) => new Callback(user, path))
  return { ...setup, user, callbacks, copies: [] }
}

type Step = 'send 0' | 'send 1' | 'arrive 0' | 'arrive 1'
const ORDERS: Step[][] = [
  ['send 0', 'arrive 0', 'send 1', 'arrive 1'],
  ['send 1', 'arrive 1', 'send 0', 'arrive 0'],
  ['send 0', 'send 1', 'arrive 0', 'arrive 1'],
  ['send 0', 'send 1', 'arrive 1', 'arrive 0'],
  ['send 1', 'send 0', 'arrive 0', 'arrive 1'],
  ['send 1', 'send 0', 'arrive 1', 'arrive 0'],
]

async function walk(started: Started, steps: Step[], asks: boolean): Promise<void> {
  const { user, callbacks, copies } = started
  for (const step of steps) {
    const [what, which] = step.split(' ') as ['send' | 'arrive', string]
    await callbacks[Number(which)]![what]()
    if (what !== 'arrive') continue
    copies.push(sessionCookie(user))
    if (asks) expect(await signedIn(user)).toBe(true)
  }
}

const sessionCookie = (user: Browser) =>
  [...user.jar]
    .filter((cookie) => !isTransaction(cookie))
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')

async function opens({ user }: Started, cookie: string): Promise<boolean> {
  const response = await user.call('/bff/session?slide=false', { headers: { cookie } })
  return ((await response.json()) as { authenticated: boolean }).authenticated
}

const CASES = ORDERS.flatMap((steps) =>
  [true, false].map((asks): [string, string, Step[], boolean] => [
    steps.join(', '),
    asks ? ', where each page asks' : '',
    steps,
    asks,
  ]),
)

describe('two sign-ins of one browser', () => {
  test.each(CASES)('B-63 leave one session: %s%s', async (_, __, steps, asks) => {
    const started = await begun(2)
    const { user, provider } = started
    await walk(started, steps, asks)
    expect(await signedIn(user)).toBe(true)
    const [first, last] = started.copies as [string, string]
    expect(last).toBe(sessionCookie(user))
    // Behind the answer.
    await expect.poll(() => opens(started, first)).toBe(false)
    expect(await opens(started, last)).toBe(true)
    await expect.poll(() => ended(started)).toHaveLength(1)
    expect(ended(started)).toMatchObject([{ reason: 'replaced', refreshToken: 'kept' }])
    expect(provider.revoked).toEqual([])
    await user.post('/bff/logout')
    await expect.poll(() => provider.revoked.toSorted()).toEqual(tokensOf(started).toSorted())
    expect(user.jar.size).toBe(0)
  })

  test.each(CASES)('B-63 B-40 end with one sign-out: %s%s', async (_, __, steps, asks) => {
    const started = await begun(2)
    const { user, provider } = started
    await walk(started, steps, asks)
    await user.post('/bff/logout')
    // One that was overtaken ends behind the answer.
    for (const copy of started.copies) await expect.poll(() => opens(started, copy)).toBe(false)
    await expect.poll(() => provider.revoked.toSorted()).toEqual(tokensOf(started).toSorted())
  })

  test('B-63 as two users, at once, leave the one whose answer came last: the other’s refresh token is revoked', async () => {
    const started = await begun(2)
    const { user, provider, callbacks } = started
    const [one, two] = callbacks as [Callback, Callback]
    await one.send()
    const [first] = tokensOf(started)
    provider.idToken.claims = SECOND_USER
    await two.send()
    one.arrive()
    two.arrive()
    expect(await user.sessionAnswer()).toMatchObject({ claims: SECOND_USER })
    await expect.poll(() => provider.revoked).toEqual([first])
  })

  test('B-63 three at once, of a session that was there before, leave one that answers for all', async () => {
    const setup = await setUp()
    const user = setup.browser()
    await user.signIn()
    const paths = [await user.begin(), await user.begin(), await user.begin()]
    const callbacks = paths.map((path) => new Callback(user, path))
    for (const one of callbacks) await one.send()
    for (const one of callbacks) one.arrive()
    expect(await signedIn(user)).toBe(true)
    await user.post('/bff/logout')
    await expect.poll(() => setup.provider.revoked.toSorted()).toEqual(tokensOf(setup).toSorted())
  })

  test('B-63 one alone leaves no cookie, and one beside another for ten minutes', async () => {
    const alone = await begun(1)
    await alone.callbacks[0]!.send()
    alone.callbacks[0]!.arrive()
    expect(transactions(alone.user)).toEqual([])
    const { user, callbacks } = await begun(2)
    await callbacks[0]!.send()
    callbacks[0]!.arrive()
    expect(transactions(user)).toHaveLength(2)
    const lines = user.setCookies.filter((line) => line.includes('.tx.'))
    expect(lines.at(-1)).toMatch(/HttpOnly; SameSite=Lax; Secure; Max-Age=600$/)
  })

  test('B-63 a refresh at the same moment does not lose the refresh token of the other', async () => {
    const started = await begun(2)
    const { user, provider, advance } = started
    await walk(started, ['send 0', 'send 1', 'arrive 0', 'arrive 1'], false)
    advance(2000)
    await Promise.all([user.post('/bff/refresh'), user.call('/bff/session'), signedIn(user)])
    await user.post('/bff/logout')
    const live = () => [...provider.refreshTokens].filter(([, token]) => token.grant.alive)
    await expect.poll(live).toEqual([])
  })

  test('B-63 B-25 leave a refresh under way what it is to other instances: its refresh token may be spent', async () => {
    let newest = ''
    const started = await begun(2, {
      store: (store) => {
        const create = store.create.bind(store)
        store.create = (record) => create({ ...record, key: (newest = record.key) })
        return store
      },
    })
    const { user, provider, store, advance } = started
    await walk(started, ['send 0', 'send 1', 'arrive 0', 'arrive 1'], false)
    advance(2000)
    const arrive = heldAnswer(provider)
    const refreshed = user.post('/bff/refresh')
    await expect.poll(() => provider.requests('token').length).toBe(3)
    const version = (await store.get(newest))!.version
    expect(await signedIn(user)).toBe(true)
    await expect.poll(async () => (await store.get(newest))!.version).toBe(version + 1)
    expect((await store.get(newest))!.refresh).toMatchObject({ phase: 'started' })
    arrive()
    expect((await refreshed).status).toBe(200)
    expect((await store.get(newest))!.refresh).toEqual({ phase: 'idle' })
  })
})

describe('two sign-ins of one browser, sessions in cookies', () => {
  const inCookies = { options: { store: sealedCookies() } }

  test.each(ORDERS.map((steps): [string, Step[]] => [steps.join(', '), steps]))(
    'B-63 B-20 as two users leave the last one’s: the other’s refresh token is revoked: %s',
    async (_, steps) => {
      const started = await begun(2, inCookies)
      const { user, provider } = started
      const subs = ['user-1', 'user-2']
      for (const step of steps) {
        if (step.startsWith('send')) provider.idToken.claims = { sub: subs[Number(step.at(-1))] }
        await walk(started, [step], false)
      }
      const last = subs[Number(steps.at(-1)!.at(-1))]!
      expect(await user.sessionAnswer()).toMatchObject({ claims: { sub: last } })
      // In the order in which they were sent.
      const sent = steps.filter((step) => step.startsWith('send')).map((step) => step.at(-1))
      const lost = tokensOf(started)[sent.indexOf(last === 'user-1' ? '1' : '0')]
      await expect.poll(() => provider.revoked).toEqual([lost])
      expect(ended(started)).toMatchObject([{ reason: 'replaced', refreshToken: 'revoked' }])
    },
  )

  test('B-63 B-31 twelve at once, over a session, take less than 4 KB of cookies before and after', async () => {
    const setup = await setUp({ ...inCookies, provider: { subject: 'a'.repeat(36) } })
    const user = setup.browser()
    await user.signIn()
    const size = () =>
      transactions(user)
        .map((cookie) => cookie.join('='))
        .join('; ').length
    const callbacks: Callback[] = []
    for (let one = 0; one < 12; one++) callbacks.push(new Callback(user, await user.begin()))
    expect(size()).toBeLessThan(4096 + 12 * 3)
    const open = transactions(user).length
    // The oldest have made room.
    for (const one of callbacks.slice(-open)) await one.send()
    for (const one of callbacks.slice(-open)) one.arrive()
    expect(transactions(user)).toHaveLength(open)
    expect(size()).toBeLessThan(4096 + 12 * 3)
    expect(await signedIn(user)).toBe(true)
    expect(transactions(user)).toHaveLength(1)
  })

  test.each(CASES)('B-63 leave one session, and end with it: %s%s', async (_, __, steps, asks) => {
    const started = await begun(2, inCookies)
    const { user } = started
    await walk(started, steps, asks)
    expect(await signedIn(user)).toBe(true)
    const [first, last] = started.copies as [string, string]
    await expect.poll(() => opens(started, first)).toBe(false)
    expect(await opens(started, last)).toBe(true)
    await expect.poll(() => ended(started)).toHaveLength(1)
    // What was sent after the other answer came knows its refresh token. Else nobody does, and no event says so.
    const kept = steps[1]!.startsWith('arrive') ? 'kept' : undefined
    expect(ended(started).map((event) => 'refreshToken' in event && event.refreshToken)).toEqual([
      kept ?? false,
    ])
    await user.post('/bff/logout')
    expect(await opens(started, last)).toBe(false)
    expect(user.jar.size).toBe(0)
  })
})

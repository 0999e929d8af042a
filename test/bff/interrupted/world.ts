// A backend of which one call goes wrong during one request, and what must be true of the user afterwards.
import { createBff, type Bff } from '../../../src/bff/create-bff.ts'
import type { BffEvent } from '../../../src/bff/events.ts'
import { createMemoryStore } from '../../../src/bff/sessions/memory-store.ts'
import { sealedCookies } from '../../../src/bff/sessions/sealed-cookies.ts'
import { ALL_ROUTES, askFor, type RouteName } from '../every-route.ts'
import { setUp, type Browser, type BffSetup } from '../setup.ts'
import { VirtualTimers } from '../virtual-timers.ts'
import { Troubles, type Trouble } from './troubles.ts'

export interface Case {
  where: 'store' | 'cookies'
  route: RouteName
  /** Whether the access token is over, so that the request needs a refresh. */
  isOver: boolean
  trouble: Trouble
  /** How many calls go well before. */
  at: number
}

const SECOND = 1000
/** Longer than all that waits together: 40 s for a lease, 40 tries of a store. */
const HANGS_MS = 120 * SECOND
/** In which a refresh token is revoked behind an answer. */
const REVOKED_WITHIN_MS = 10 * SECOND

export class World {
  readonly troubles: Troubles
  readonly #setup: BffSetup
  readonly #time: VirtualTimers
  readonly #where: Case['where']
  readonly #violations: string[] = []
  #eventsFrom = 0
  #tokensFrom = 0
  #logFrom = 0

  private constructor(
    setup: BffSetup,
    where: Case['where'],
    troubles: Troubles,
    time: VirtualTimers,
  ) {
    this.#setup = setup
    this.#time = time
    this.#where = where
    this.troubles = troubles
  }

  static async create(where: Case['where']): Promise<World> {
    const time = new VirtualTimers()
    const troubles = new Troubles(time.timer)
    const setup = await setUp({
      provider: { expiresIn: 300 },
      upstream: () => new Response('ok'),
      options: ALL_ROUTES,
    })
    const { monotonic, timer, deadline } = time
    const env = { ...setup.env, monotonic, timer, deadline }
    const store = troubles.store(createMemoryStore({}, env))
    const options = {
      ...setup.options,
      store: where === 'store' ? store : sealedCookies({ denyList: store }),
    }
    const another: BffSetup['another'] = () =>
      createBff(options, { ...env, fetch: troubles.fetch(env.fetch) })
    return new World({ ...setup, store, env, another }, where, troubles, time)
  }

  /** @returns what was not as it must be; undefined where the request makes no such call */
  async run(given: Case): Promise<string[] | undefined> {
    const { provider, events, another, browser } = this.#setup
    this.#violations.length = 0
    ;[this.#eventsFrom, this.#tokensFrom] = [events.length, provider.refreshTokens.size]
    this.#logFrom = provider.log.length
    const user = browser()
    user.bff = another()
    provider.idToken.claims = { sid: crypto.randomUUID() }
    await this.#inTime('sign-in', user.signIn())
    if (given.isOver) await this.#pass(301 * SECOND)
    const ask = await askFor(this.#setup, user, given.route)
    const instance = another()
    await this.#interrupted(given, user, (signal) => ask(instance, signal))
    await this.#settle([user.bff, instance])
    if (!this.troubles.struck) return undefined
    user.bff = another()
    await this.#assertAfterwards(given, user)
    await user.bff.close()
    return this.#violations.map((one) => `${one} (${this.troubles.calls.join(' ')})`)
  }

  async #interrupted(
    { route, at, trouble }: Case,
    user: Browser,
    ask: (signal: AbortSignal) => Promise<Response>,
  ): Promise<void> {
    const page = new AbortController()
    this.troubles.arm(at, trouble, () => page.abort())
    let response = await this.#inTime(route, ask(page.signal))
    this.troubles.disarm()
    // A provider sends again what was not taken.
    if (route === 'backchannel-logout' && response?.status === 400)
      response = await ask(page.signal)
    if (!response || page.signal.aborted) return
    if (response.status === 500) this.#wrong('an answer was a mistake of ours')
    user.receive(response)
  }

  async #settle(instances: Bff[]): Promise<void> {
    for (const instance of instances) await this.#inTime('close', instance.close())
    await this.#inTime('what acts late', this.troubles.settled())
  }

  async #assertAfterwards(given: Case, user: Browser): Promise<void> {
    const { provider, events } = this.#setup
    const hadCookie = [...user.jar.keys()].some((name) => !name.includes('.tx.'))
    const isSignedIn = await this.#token(user)
    const told = events.slice(this.#eventsFrom)
    for (const event of told)
      if (event.type === 'unexpected-error') this.#wrong(String(event.error))
    if (!isSignedIn && hadCookie && !isEndTold(told))
      this.#wrong('the session ended, and nobody was told')
    if (!isSignedIn && !mayEnd(given, this.troubles.struck ?? '')) this.#wrong('the session ended')
    this.#assertTokensSentOnce()
    // The user signs out: nothing is left.
    await this.#inTime('logout', user.post('/bff/logout'))
    await this.#inTime('close', user.bff.close())
    const own = [...provider.refreshTokens].slice(this.#tokensFrom)
    const alive = () => own.filter(([, token]) => token.grant.alive && token.spentAt === undefined)
    const until = this.#time.monotonic() + REVOKED_WITHIN_MS
    while (alive().length > 0 && this.#time.monotonic() < until) await this.#time.pass(100)
    if (alive().length > 0 && !mayOrphan(given, this.#where, this.troubles.struck ?? ''))
      this.#wrong(`${alive().length} refresh tokens live for ever`)
  }

  /** A page with the cookies that it has asks until there is an answer. @returns whether it has a token */
  async #token(user: Browser): Promise<boolean> {
    const path = this.#where === 'store' ? '/bff/token' : '/bff/refresh'
    for (let tries = 0; tries < 6; tries++) {
      const response = await this.#inTime(path, user.post(path))
      if (!response) return false
      if (response.status === 200) return true
      if (response.status === 401) return false
      if (response.status !== 503) this.#wrong(`${path} is answered with ${response.status}`)
      // What it was told to wait.
      await this.#pass(Number(response.headers.get('retry-after')) * SECOND)
    }
    this.#wrong('there is no token in six tries')
    return false
  }

  /** What was answered is known from then on, whatever becomes of the answer. */
  #assertTokensSentOnce(): void {
    const { log } = this.#setup.provider
    const sent = log
      .slice(this.#logFrom)
      .map(({ parameters }) => parameters.get('refresh_token'))
      .filter((token) => token !== null)
    const isLost = this.troubles.struck === '/token'
    if (new Set(sent).size < sent.length && !isLost) this.#wrong('a refresh token was sent twice')
  }

  /** Time goes on, by every clock. */
  async #pass(ms: number): Promise<void> {
    this.#setup.advance(ms)
    await this.#time.pass(ms)
  }

  async #inTime<T>(what: string, task: Promise<T>): Promise<T | undefined> {
    let cancel = () => {}
    const late = new Promise<'late'>((resolve) => {
      cancel = this.#time.timer(() => resolve('late'), HANGS_MS)
    })
    const first = await this.#time.until(Promise.race([task, late]), 2 * HANGS_MS, SECOND)
    cancel()
    if (first !== 'late') return first
    this.#wrong(`${what} hangs`)
    return undefined
  }

  #wrong(what: string): void {
    this.#violations.push(what)
  }
}

function isEndTold(events: readonly BffEvent[]): boolean {
  return events.some(({ type }) => type === 'session-ended' || type === 'sessions-ended')
}

/** Whether a request of this kind may end the session that its browser has. */
function mayEnd({ route, trouble }: Case, struck: string): boolean {
  if (route.endsWith('logout')) return true
  // A new session took its place, and the answer with its cookie was thrown away.
  if (route === 'callback') return trouble === 'leaves'
  // The provider acted, and its answer was lost: nobody has the newest refresh token.
  return struck === '/token' && trouble !== 'leaves'
}

/** Whether a refresh token may be left at the provider. */
function mayOrphan({ route, trouble }: Case, where: Case['where'], struck: string): boolean {
  // The provider itself ended what it is of.
  if (route === 'backchannel-logout') return true
  if (route !== 'callback') return false
  // Nobody has what was in the answer: the provider's, or the backend's own, where there is no other place for it.
  return trouble === 'leaves' ? where === 'cookies' : struck === '/token'
}

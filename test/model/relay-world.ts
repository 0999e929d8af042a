import type { AuthClientOptions } from '../../src/client/options/options.ts'
import type { VirtualDevice } from '../../src/testing/device/virtual-device.ts'
import type { VirtualTab } from '../../src/testing/device/tab.ts'
import { createOnlineDevice, type OnlineDevice } from '../../src/testing/online-device.ts'
import { TestBed } from '../../src/testing/test-bed.ts'
import type { Grant } from '../../src/testing/provider/grants.ts'
import type { TestProvider } from '../../src/testing/provider/test-provider.ts'
import { collections } from './collections.ts'
import { Beliefs } from './beliefs.ts'
import { Page, type Surroundings } from './page.ts'
import { LOSING_FATES, PASSING_FATES, type RelayAct, type RelaySetting } from './relay-steps.ts'
import type { RelayStep } from './relay-steps.ts'
import { RefreshWatch } from './refresh-watch.ts'
import { NEEDS, TABS, USERS } from './steps.ts'
import { Troubles } from './troubles.ts'
import { WorkerLives } from './worker-lives.ts'

const FATES = { ...PASSING_FATES, ...LOSING_FATES }
const LIMIT_MS = 75_000
/** A relay drops a copy that it was not told again for a minute: that was 25 s ago already, perhaps. */
const STAY_MS = 33_000
const GOLDEN_RATIO = 0.618
const SCOPES = ['openid profile offline_access', 'openid profile email offline_access']
const VERSIONS = [...SCOPES.keys()]

/** A browser that ends a worker with its last page, and gives it a relay: Firefox, or one on WebKit. */
export class RelayWorld implements Surroundings {
  readonly device: VirtualDevice
  readonly provider: TestProvider
  readonly violations: string[] = []
  readonly chunk = 'comes'
  readonly limit = LIMIT_MS
  readonly isWithoutWorker = false
  pages = 0
  readonly #setting: RelaySetting
  readonly #bed: TestBed
  readonly #tabs: (Page | undefined)[] = Array.from({ length: TABS })
  readonly #beliefs: Beliefs
  readonly #refreshWatch: RefreshWatch
  readonly #troubles: Troubles
  readonly #lives: WorkerLives
  /** Of sessions that a user ended: no page that is opened after that has a token of theirs. */
  readonly #over = new Set<Grant>()
  private constructor(setting: RelaySetting, online: OnlineDevice) {
    this.#setting = setting
    this.device = online.device
    this.provider = online.provider
    this.#bed = new TestBed(online)
    const report = (violation: string) => void this.violations.push(violation)
    this.#refreshWatch = new RefreshWatch(this.device, this.provider, report)
    this.#beliefs = new Beliefs(() => this.device.monotonic)
    this.#troubles = new Troubles(this.device.relays)
    this.#lives = new WorkerLives(this.device)
  }

  static async create(setting: RelaySetting): Promise<RelayWorld> {
    const { rotate, expiresIn } = setting
    const options = { rotate, expiresIn, alg: 'ES256', refreshIdToken: false }
    return new RelayWorld(setting, await createOnlineDevice(options, { relay: true }))
  }

  get #alive(): Page[] {
    return this.#tabs.filter((page) => page !== undefined)
  }

  #of(version: number): Page[] {
    return this.#alive.filter((page) => page.version === version)
  }

  async step({ act, until }: RelayStep): Promise<void> {
    // What a page writes down of a sign-out is another word each time.
    this.device.random = (this.device.random + GOLDEN_RATIO) % 1
    await this.#act('tab' in act ? { ...act, tab: act.tab % this.#setting.tabs } : act)
    if (until === 'settle') await this.device.settle()
    if (typeof until === 'number') await this.device.turns(until)
    if (until === 'settle') this.#settled()
    else for (const page of this.#alive) if (page.state === 'runs') page.check()
  }

  /** Time passes, for promises in steps: a page that is frozen waits for nothing. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 5000) {
      const part = Math.min(left, 5000)
      await this.device.advance(part)
      for (const page of this.#alive) if (page.state === 'runs') page.waits.pass(part)
      this.#rested(part)
      this.#settled()
    }
  }

  /** Everything is let go, and all that was begun comes to its end: whoever is signed in stays so, whatever reloads. */
  async end(): Promise<void> {
    this.#troubles.release()
    this.device.relays.refuses = false
    this.provider.forgetNext('token')
    for (const page of this.#alive) this.#wake(page)
    await this.pass(LIMIT_MS + 1000)
    for (const page of this.#alive) if (!page.isSettled) page.report('never settles')
    await this.#reloadAlone()
    for (const page of this.#alive) for (const unwatch of page.watched.values()) unwatch()
    await this.pass(120_000)
    const timers = this.device.pendingTimers
    if (timers > 5 * this.pages + 10) this.violations.push(`${timers} timers are pending`)
  }

  /** What may not grow. */
  async footprint(): Promise<Record<string, number>> {
    // A request that was logged holds the signal that would have ended it, and that what its worker had.
    this.provider.log.length = 0
    return {
      ...(await collections()),
      timers: this.device.pendingTimers,
      workers: this.device.hosts.size,
      ears: this.device.channels.listeners,
      stored: this.device.originStorage.size,
    }
  }

  /** @returns whether a refresh goes through */
  async #refreshes(page: Page): Promise<boolean> {
    let isRefreshed = false
    const refreshed = () => void (isRefreshed = true)
    page.client.getAccessToken({ forceRefresh: true }).then(refreshed, () => {})
    await this.pass(40_000)
    return isRefreshed
  }

  /** Whoever is signed in stays so over a reload of the only tab, and has one family. */
  async #reloadAlone(): Promise<void> {
    const page = this.#of(0).find((one) => one.signedIn !== undefined && !one.isAlone)
    if (!page || !(await this.#refreshes(page)) || this.device.relays.wasRefused) return
    const grant = this.#grantOf(page)
    const index = this.#tabs.indexOf(page)
    for (const one of this.#of(0)) if (one !== page) this.#leave(this.#tabs.indexOf(one), 0)
    this.#reload(index, page, 0)
    await this.pass(2000)
    const next = this.#tabs[index]!
    if (!(await this.#refreshes(next)))
      return next.report('the session is lost by a reload at rest')
    if (this.#grantOf(next) !== grant) next.report('a reload gave another family')
    if (!grant?.alive) next.report('the family is revoked')
    await this.#signOutForGood(index, next)
    if (grant?.alive) next.report('the family outlives the sign-out')
  }

  #grantOf(page: Page): Grant | undefined {
    const { access_token = '' } = page.client.getTokenResponse() ?? {}
    return this.provider.accessTokens.get(access_token)
  }

  async #signOutForGood(index: number, page: Page): Promise<void> {
    this.#signOut(page, false)
    await this.pass(20_000)
    this.#reload(index, page, 0)
    await this.pass(2000)
  }

  #settled(): void {
    for (const page of this.#alive) page.settled()
    if (this.provider.accessTokens.size === 0 && this.device.relays.registrations > 0) {
      this.violations.push('a visitor has a relay')
    }
    for (const version of VERSIONS) {
      if (this.#mayLose(version)) this.#beliefs.mayBeLost(version)
      const running = this.#of(version).filter(({ hears, isAlone }) => hears && !isAlone)
      if (running.length > 0) this.#beliefs.settled(version, running)
    }
  }

  /** Where a page's own vault has the session, it goes with the page. */
  #mayLose(version: number): boolean {
    const isPageVault = version === 1 && this.#setting.other === 'page'
    return this.#troubles.isTroubled || this.#refreshWatch.isAnswerLost || isPageVault
  }

  #trouble(): void {
    this.#troubles.begin()
    this.#refreshWatch.isExcused = true
    for (const version of VERSIONS) this.#beliefs.mayBeLost(version)
  }

  #rested(ms: number): void {
    const stand = VERSIONS.some((version) => {
      const pages = this.#of(version)
      return pages.length > 0 && pages.every(({ state }) => state !== 'runs')
    })
    this.#troubles.rested(ms, !stand)
    // A page that needs nothing does not know that its worker was ended under it.
    for (const version of VERSIONS) {
      if (this.#lives.isLostAfter(version, STAY_MS)) this.#beliefs.mayBeLost(version)
    }
    this.#refreshWatch.isExcused = this.#troubles.isTroubled
  }

  async #act(act: RelayAct): Promise<void> {
    switch (act.do) {
      case 'tick':
        return this.pass(act.ms)
      case 'sleep':
        this.#trouble()
        return this.device.sleep(act.ms, act.both)
      case 'jump':
        this.#trouble()
        return this.device.jump(act.ms)
      case 'fate':
        if (act.fate in LOSING_FATES) this.#troubles.doubt()
        return this.provider.next('token', FATES[act.fate])
      case 'kill':
        // What is said meanwhile it does not hear, and asks when it next needs something.
        for (const page of this.#alive) page.isDeaf = true
        this.#refreshWatch.workerEnded()
        return this.#lives.kill()
      case 'relay':
        this.#trouble()
        return this.#troubles.befall(act.what)
      case 'open':
        this.#leave(act.tab, 0)
        return void this.#enter(
          act.tab,
          this.device.tab(this.#tabOptions(act.version)),
          act.version,
        )
      default:
        return this.#actIn(act)
    }
  }

  async #actIn(act: Extract<RelayAct, { tab: number; version?: never }>): Promise<void> {
    const page = this.#tabs[act.tab]
    if (!page) return this.#act({ do: 'open', tab: act.tab, version: 0 })
    if (act.do === 'restore') return this.#wake(page)
    if (page.state !== 'runs') return
    switch (act.do) {
      case 'call':
        return page.call(NEEDS[act.need]!, act.force)
      case 'late':
        this.provider.next('token', async (answer) => {
          const answered = await answer()
          await new Promise<void>((resolve) => void this.device.timer(resolve, act.ms))
          return answered
        })
        return page.call(NEEDS[act.need]!, true)
      case 'watch': {
        if (page.watched.has(act.need)) return
        const unwatch = page.client.subscribeAccessToken(() => page.check(), NEEDS[act.need])
        return void page.watched.set(act.need, unwatch)
      }
      case 'reload':
        return this.#reload(act.tab, page, act.lingers)
      case 'close':
        return this.#leave(act.tab, act.lingers)
      case 'sign in':
        return this.#signIn(page, act)
      case 'sign out':
        return this.#signOut(page, act.provider)
      case 'cache':
        page.tab.enterBackForwardCache(act.deaf)
        page.state = 'cached'
        page.knows()
        return this.#lives.rest(page.version, this.#of(page.version))
    }
  }

  #enter(index: number, tab: VirtualTab, version: number): Page {
    if (this.#lives.goneFor(version) > STAY_MS) this.#beliefs.mayBeLost(version)
    const page = new Page(this, tab, version, this.#options(version))
    for (const grant of this.#over) page.over.add(grant)
    this.pages++
    this.#tabs[index] = page
    this.#lives.wake(version)
    page.start()
    return page
  }

  /** The page of a tab is gone, and its worker with the last one. */
  #leave(index: number, lingers: number): void {
    const page = this.#tabs[index]
    if (!page) return
    page.tab.close()
    this.#beliefs.left(page)
    this.#tabs[index] = undefined
    const left = this.#of(page.version)
    if (left.length === 0) this.#endWorker(page.version, lingers)
    else this.#lives.rest(page.version, left)
  }

  #endWorker(version: number, lingers: number): void {
    this.#refreshWatch.workerEnded()
    if (lingers > 0) {
      this.#refreshWatch.lingering++
      this.device.timer(() => void this.#refreshWatch.lingering--, lingers)
    }
    this.#lives.end(version, lingers)
  }

  #reload(index: number, { tab, version }: Page, lingers: number): void {
    this.#leave(index, lingers)
    const options = { cloneOf: tab, url: tab.href, ...this.#tabOptions(version) }
    this.#enter(index, this.device.tab(options), version)
  }

  #wake(page: Page): void {
    if (page.state === 'runs') return
    const asleepMs = this.#lives.wake(page.version)
    // Its copy was not told again meanwhile.
    if (asleepMs > 0) this.#trouble()
    page.state = 'runs'
    page.check()
    page.tab.leaveBackForwardCache()
    page.check()
    page.checkWarm()
  }

  async #signIn(page: Page, act: Extract<RelayAct, { do: 'sign in' }>): Promise<void> {
    const { tab, version } = page
    page.waits.promise('signIn', page.client.signIn(), this.limit)
    await this.device.settle()
    const url = tab.assigned.at(-1)
    // It went nowhere, or to the provider to sign out.
    if (url === undefined || !new URL(url).searchParams.has('redirect_uri')) return
    this.provider.options.subject = USERS[act.user]!
    this.#leave(act.tab, act.lingers)
    await this.pass(act.awayMs)
    const options = { cloneOf: tab, url: this.#bed.answer(tab), ...this.#tabOptions(version) }
    this.#beliefs.signInBegins(this.#enter(act.tab, this.device.tab(options), version))
  }

  #signOut(page: Page, provider: boolean): void {
    const grants = new Set<Grant>(this.provider.accessTokens.values())
    const signOut = page.client.signOut({ provider })
    this.#beliefs.signOutBegins(page, signOut)
    page.ended(grants, true)
    page.check()
    page.waits.promise('signOut', signOut, this.limit)
    signOut.then(
      () => {
        for (const grant of grants) this.#over.add(grant)
        for (const other of this.#alive) if (other !== page) other.ended(grants, false)
      },
      () => {},
    )
  }

  #tabOptions(version: number) {
    const isPageVault = version === 1 && this.#setting.other === 'page'
    return { version: `v${version}`, ...(isPageVault && { worker: 'throws' as const }) }
  }

  #options(version: number): AuthClientOptions {
    const { issuer, clientId } = this.provider
    return { issuer, clientId, scope: SCOPES[version]! }
  }
}

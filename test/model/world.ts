import type { AuthClientOptions } from '../../src/client/options/options.ts'
import type { VirtualDevice } from '../../src/testing/device/virtual-device.ts'
import type { VirtualTab } from '../../src/testing/device/tab.ts'
import { createOnlineDevice, type OnlineDevice } from '../../src/testing/online-device.ts'
import { TestBed } from '../../src/testing/test-bed.ts'
import type { Behaviour } from '../../src/testing/provider/behaviours.ts'
import type { TestProvider } from '../../src/testing/provider/test-provider.ts'
import type { Grant } from '../../src/testing/provider/grants.ts'
import type { UserClaims } from '../../src/vault/vault.ts'
import { collections } from './collections.ts'
import { Floor } from './floor.ts'
import { Page } from './page.ts'
import {
  FATES,
  NEEDS,
  TABS,
  USERS,
  type Act,
  type Chunk,
  type Setting,
  type Step,
} from './steps.ts'

const LIMIT_MS = 60_000
const LATE_ANSWER_MS = 9000
const LIMIT_WITH_DEAD_WORKER_MS = 75_000
/** Two versions of one application: another worker file, another configuration. */
const SCOPES = ['openid profile offline_access', 'openid profile email offline_access']

/** A device with tabs of an application, in front of a provider; what was seen that may not be. */
export class World {
  readonly device: VirtualDevice
  readonly provider: TestProvider
  readonly violations: string[] = []
  /** How many there ever were. */
  pages = 0
  /** The page of each tab, and the one before it, in the back-forward cache. */
  readonly tabs: ({ page: Page; before?: Page | undefined } | undefined)[] = Array.from({
    length: TABS,
  })
  chunk: Chunk = 'comes'
  limit = LIMIT_MS
  readonly #setting: Setting
  readonly #bed: TestBed

  private constructor(setting: Setting, online: OnlineDevice) {
    this.#setting = setting
    this.device = online.device
    this.provider = online.provider
    this.#bed = new TestBed(online)
    this.#watchRefreshes()
  }

  static async create(setting: Setting): Promise<World> {
    const { rotate, expiresIn } = setting
    const online = await createOnlineDevice({ rotate, expiresIn, alg: 'ES256' })
    return new World(setting, online)
  }

  get isWithoutWorker(): boolean {
    return this.#setting.vault !== 'worker'
  }

  get #alive(): Page[] {
    return this.tabs.flatMap((tab) => (tab ? [tab.page, ...(tab.before ? [tab.before] : [])] : []))
  }

  async step({ act, until }: Step): Promise<void> {
    await this.#act(act)
    if (until === 'settle') await this.device.settle()
    if (until === 'turns') await this.device.turns(2)
    for (const page of this.#alive) {
      if (until === 'settle') page.settled()
      else if (page.state === 'runs') page.check()
    }
  }

  /** Everything is let go, and all that was begun comes to its end. */
  async end(): Promise<void> {
    this.device.online = true
    this.chunk = 'comes'
    for (const { page } of this.tabs.filter((tab) => tab !== undefined)) {
      this.#wake(page)
      page.tab.toWorker.release()
      page.tab.toPage.release()
    }
    await this.pass(LIMIT_WITH_DEAD_WORKER_MS + 1000)
    for (const page of this.#alive) {
      page.settled()
      if (page.state === 'runs' && !page.isSettled) page.report('never settles')
      if (page.tab.listeners > 1 || page.tab.openPorts > 1)
        page.report('listeners or ports pile up')
      for (const unwatch of page.watched.values()) unwatch()
    }
    await this.pass(120_000)
    const timers = this.device.pendingTimers
    if (timers > 5 * this.pages) this.violations.push(`${timers} timers are pending`)
  }

  /** What may not grow. */
  async footprint(): Promise<Record<string, number>> {
    const tabs = this.#alive.map(({ tab }) => tab)
    return {
      ...(await collections()),
      timers: this.device.pendingTimers,
      listeners: tabs.reduce((sum, { listeners }) => sum + listeners, 0),
      ports: tabs.reduce((sum, { openPorts }) => sum + openPorts, 0),
      workers: this.device.hosts.size,
      stored: tabs.reduce((sum, { storage }) => sum + [...storage.values()].join('').length, 0),
    }
  }

  /** Time passes, for promises in steps: a page that is frozen waits for nothing. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 5000) {
      const part = Math.min(left, 5000)
      await this.device.advance(part)
      for (const page of this.#alive) {
        if (page.state === 'runs') page.waits.pass(part)
        page.settled()
      }
    }
  }

  async #act(act: Act): Promise<void> {
    switch (act.do) {
      case 'tick':
        return this.pass(act.ms)
      case 'sleep':
        return this.device.sleep(act.ms, act.both)
      case 'jump':
        return this.device.jump(act.ms)
      case 'fate':
        return this.provider.next('token', this.#fate(act.fate))
      case 'kill':
        return this.#killWorkers()
      case 'chunk':
        return void (this.chunk = act.chunk)
      case 'online':
        return this.#setOnline(act.online)
      case 'open':
        return this.#open(act.tab, act.version)
      default:
        return this.#actIn(act)
    }
  }

  async #actIn(act: Extract<Act, { tab: number; version?: never }>): Promise<void> {
    const at = this.tabs[act.tab]
    if (!at) return this.#open(act.tab, 0)
    const { page } = at
    if (act.do === 'thaw' || act.do === 'restore') return this.#wake(page)
    if (act.do === 'wire') return this.#setWire(page, act.wire, act.mode)
    if (page.state !== 'runs') return
    switch (act.do) {
      case 'call':
        return page.call(NEEDS[act.need]!, act.force)
      case 'late':
        // For this call, and not for a code that is exchanged meanwhile.
        this.provider.next('token', this.#fate('answers late'))
        page.call(NEEDS[act.need]!, true)
        return this.device.settle()
      case 'watch': {
        if (page.watched.has(act.need)) return
        const unwatch = page.client.subscribeAccessToken(() => page.check(), NEEDS[act.need])
        return void page.watched.set(act.need, unwatch)
      }
      case 'unwatch':
        page.watched.get(act.need)?.()
        return void page.watched.delete(act.need)
      case 'userinfo':
        return page.waits.promise('getUserInfo', page.client.getUserInfo(), this.limit)
      case 'settled':
        return page.waits.promise(
          'whenSettled',
          page.client.whenSettled(),
          LIMIT_WITH_DEAD_WORKER_MS,
        )
      case 'click':
        return this.#click(page)
      case 'sign in':
        return this.#signIn(act.tab, page, USERS[act.user]!, act.cached)
      case 'sign out':
        return this.#signOut(page, act.provider)
      case 'cache':
        // Browsers differ: what other tabs say meanwhile is heard later, or never.
        page.tab.enterBackForwardCache(act.deaf)
        page.state = 'cached'
        return this.#standsStill(page)
      case 'back':
        return this.#back(act.tab, page, at.before)
      default:
        return this.#happen(act.tab, page, act.do)
    }
  }

  #happen(index: number, page: Page, what: 'hide' | 'show' | 'freeze' | 'reload' | 'stop'): void {
    const { tab, client } = page
    switch (what) {
      case 'hide':
        return tab.show(false)
      case 'show':
        return tab.show(true)
      case 'freeze':
        tab.freeze()
        page.state = 'frozen'
        return this.#standsStill(page)
      case 'reload':
        tab.close()
        return this.#enter(
          index,
          this.device.tab({ cloneOf: tab, url: tab.href, ...this.#tabOptions(page.version) }),
          page.version,
        )
      case 'stop':
        client.stop()
        return client.start()
    }
  }

  /** What ended while the page could not hear of it. */
  #standsStill(page: Page): void {
    page.knows()
    page.check()
  }

  #wake(page: Page): void {
    if (page.state === 'runs') return
    const { state } = page
    page.state = 'runs'
    // What the application's own handlers read first.
    page.check()
    if (state === 'frozen') page.tab.thaw()
    else page.tab.leaveBackForwardCache()
    page.check()
    page.checkWarm()
  }

  #setWire(page: Page, wire: 'toPage' | 'toWorker', mode: 'deliver' | 'hold' | 'lose'): void {
    if (page.state !== 'runs') return
    if (mode === 'lose' && wire === 'toPage') page.isDeaf = true
    if (mode === 'deliver') page.tab[wire].release()
    else page.tab[wire].mode = mode
  }

  #fate(fate: keyof typeof FATES | 'answers late'): Behaviour {
    if (fate !== 'answers late') return FATES[fate]
    // The provider acts, and its answer comes when something else may have happened: within the request's deadline.
    return async (act) => {
      const answer = await act()
      await new Promise<void>((resolve) => void this.device.timer(resolve, LATE_ANSWER_MS))
      return answer
    }
  }

  #killWorkers(): void {
    this.limit = LIMIT_WITH_DEAD_WORKER_MS
    this.device.killWorker()
    for (const page of this.#alive) page.isDeaf = true
  }

  #setOnline(online: boolean): void {
    this.device.online = online
    for (const page of this.#alive) {
      if (page.state === 'runs') page.tab.emit(online && page.tab.visible ? 'wake' : 'rest')
    }
  }

  #open(index: number, version: number): void {
    const at = this.tabs[index]
    at?.page.tab.close()
    at?.before?.tab.close()
    this.#enter(index, this.device.tab(this.#tabOptions(version)), version)
  }

  #enter(index: number, tab: VirtualTab, version: number, before?: Page): void {
    const page = new Page(this, tab, version, this.#options(index, version))
    this.pages++
    this.tabs[index] = { page, before }
    page.start()
  }

  #click(page: Page): void {
    page.waits.promise('signIn', page.client.signIn(), this.limit)
  }

  async #signIn(index: number, page: Page, user: string, cached: boolean): Promise<void> {
    const { tab, version } = page
    this.#click(page)
    await this.device.settle()
    // It went nowhere, or to the provider to sign out.
    const url = tab.assigned.at(-1)
    if (url === undefined || !new URL(url).searchParams.has('redirect_uri')) return
    this.provider.options.subject = user
    const back = this.#bed.answer(tab)
    if (cached) {
      tab.enterBackForwardCache()
      page.state = 'cached'
      this.#standsStill(page)
    } else {
      tab.close()
    }
    this.tabs[index]?.before?.tab.close()
    const next = this.device.tab({ cloneOf: tab, url: back, ...this.#tabOptions(version) })
    this.#enter(index, next, version, cached ? page : undefined)
  }

  #back(index: number, page: Page, before: Page | undefined): void {
    if (!before) return
    page.tab.close()
    this.tabs[index] = { page: before }
    this.#wake(before)
  }

  #signOut(page: Page, provider: boolean): void {
    const grants = new Set<Grant>(this.provider.accessTokens.values())
    const signOut = page.client.signOut({ provider })
    page.ended(grants, true)
    page.check()
    page.waits.promise('signOut', signOut, this.limit)
    signOut.then(
      () => {
        for (const other of this.#alive) if (other !== page) other.ended(grants, false)
      },
      () => {},
    )
  }

  #tabOptions(version: number) {
    const { vault } = this.#setting
    return { version: `v${version}`, ...(vault !== 'worker' && { worker: 'throws' as const }) }
  }

  #options(index: number, version: number): AuthClientOptions {
    const { issuer, clientId } = this.provider
    const { vault, schema } = this.#setting
    return {
      issuer,
      clientId,
      scope: SCOPES[version],
      ...(vault === 'shared' && { tabs: 'shared' as const }),
      ...(schema !== 'none' && index === 0 && { userSchema: this.#schema(schema) }),
    }
  }

  #schema(says: 'slow' | 'refuses') {
    const validate = async (value: unknown) => {
      const user = value as UserClaims
      if (user.sub !== 'bob') return { value: user }
      if (says === 'refuses') return { issues: [{ message: 'wrong role' }] }
      await new Promise<void>((resolve) => void this.device.timer(resolve, 3000))
      return { value: user }
    }
    return { '~standard': { version: 1 as const, vendor: 'test', validate } }
  }

  /** At the provider: one refresh of a session for a need at a time. */
  #watchRefreshes(): void {
    const { network } = this.device
    const { fetch } = network
    const floor = new Floor(this.device, (violation) => this.violations.push(violation))
    const names = new Map<Grant, number>()
    network.fetch = (url, init) => {
      const sent = new URLSearchParams((init.body ?? '') as URLSearchParams)
      const grant = this.provider.refreshTokens.get(sent.get('refresh_token') ?? '')?.grant
      // Tabs that share a session each have a floor of their own.
      if (grant && sent.has('grant_type') && this.#setting.vault !== 'shared') {
        names.set(grant, names.get(grant) ?? names.size)
        floor.note(
          `refresh of grant ${names.get(grant)}, ${sent.get('scope')} ${sent.getAll('resource').join()}`,
        )
      }
      return fetch(url, init)
    }
  }
}

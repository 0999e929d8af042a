import type { AuthClient } from '../../src/client/auth-client.ts'
import { createClientIn } from '../../src/client/create-auth-client.ts'
import { loadChunk } from '../../src/client/lazy.ts'
import { browserMode } from '../../src/client/modes/browser.ts'
import type { AuthClientOptions } from '../../src/client/options/options.ts'
import { settingsOf } from '../../src/client/options/settings.ts'
import { isSettled, subjectOf } from '../../src/client/session/session.ts'
import type { VirtualTab } from '../../src/testing/device/tab.ts'
import type { VirtualDevice } from '../../src/testing/device/virtual-device.ts'
import type { Grant } from '../../src/testing/provider/grants.ts'
import type { TestProvider } from '../../src/testing/provider/test-provider.ts'
import type { UserClaims } from '../../src/vault/vault.ts'
import { Floor, watchPort } from './floor.ts'
import { Waits } from './promises.ts'
import { NEEDS, type Chunk } from './steps.ts'

/** `restoring`: a worker that is silent, then the page vault. `signing-in`: all that a worker may take, and more. */
const STATUS_LIMITS = { restoring: 15_000, 'signing-in': 75_000 }

/** What a page has of the world that it is in. */
export interface Surroundings {
  readonly device: VirtualDevice
  readonly provider: TestProvider
  readonly violations: string[]
  /** How many pages there ever were. */
  readonly pages: number
  /** What becomes of the chunks that are fetched now. */
  readonly chunk: Chunk
  /** How long a call may take, ms. */
  readonly limit: number
  readonly isWithoutWorker: boolean
}

/** One page with one client: reads all that can be read, at every step and notification. */
export class Page {
  readonly tab: VirtualTab
  readonly version: number
  readonly client: AuthClient<UserClaims>
  readonly waits: Waits
  readonly watched = new Map<number, () => void>()
  state: 'runs' | 'frozen' | 'cached' = 'runs'
  /** A message to it was lost, or its worker died: it need not know what other tabs did. */
  isDeaf = false
  /** Grants of sessions that ended, and this page must know so. */
  readonly over = new Set<Grant>()
  /** The same, as soon as it can hear. */
  readonly owed = new Set<Grant>()
  readonly #world: Surroundings
  readonly #name: string
  #statusOver = () => {}
  #status = ''

  constructor(world: Surroundings, tab: VirtualTab, version: number, options: AuthClientOptions) {
    this.#world = world
    this.tab = tab
    this.version = version
    this.#name = `page ${world.pages}`
    const report = (violation: string) => this.report(violation)
    this.waits = new Waits(report)
    const floor = new Floor(world.device, report)
    const { startWorker } = tab.env
    const env = {
      ...tab.env,
      startWorker: (...given: Parameters<typeof startWorker>) => {
        const started = startWorker(...given)
        if (!started) return undefined
        const port = watchPort(started, floor)
        this.isDeaf = tab.toPage.mode === 'lose'
        return port
      },
    }
    const mode = browserMode(options, settingsOf(options))
    const chunk = () => world.chunk
    const watched: typeof mode = {
      ...mode,
      // The page vault's chunk, where there is no worker.
      async openVault(page, offer) {
        if (world.isWithoutWorker) await loadChunk(page, () => arrival(chunk()))
        return mode.openVault(page, offer)
      },
      async loadSignIn(parts) {
        await arrival(chunk())
        return mode.loadSignIn(parts)
      },
    }
    this.client = createClientIn(watched, options, () => env)
  }

  start(): void {
    this.client.start()
    this.client.observe(() => this.check())
    this.client.subscribe(() => this.check())
    for (const need of NEEDS) {
      this.client.subscribeAccessToken(() => this.check(), need, { watch: false })
    }
    this.check()
  }

  get hears(): boolean {
    const { toPage, toWorker } = this.tab
    const isOpen = toPage.mode === 'deliver' && toWorker.mode === 'deliver'
    return this.state === 'runs' && isOpen && !this.isDeaf
  }

  report(violation: string): void {
    this.#world.violations.push(`${this.#name}: ${violation}`)
  }

  /** A session ended everywhere. */
  ended(grants: Iterable<Grant>, here: boolean): void {
    // A page that stands still gives nothing out until its vault has said what is so.
    const known = here || this.state !== 'runs' ? this.over : this.owed
    for (const grant of grants) known.add(grant)
  }

  /** What it was to hear is said, or lies in its queue. */
  knows(): void {
    for (const grant of this.owed) this.over.add(grant)
    this.owed.clear()
  }

  /** All that was said has arrived. */
  settled(): void {
    if (this.hears || this.state !== 'runs') this.knows()
    this.check()
  }

  /** Every synchronous read. */
  check(): void {
    const session = this.client.getSession()
    const subject = subjectOf(session)
    for (const need of NEEDS) {
      const state = this.client.getAccessTokenState(need)
      const response = this.client.getTokenResponse(need)
      if (state.status === 'ready') this.#judge('state', state.accessToken, subject)
      if (response) this.#judge('response', response.access_token, subject)
      if (state.status === 'ready' && state.accessToken !== response?.access_token) {
        this.report('state and response differ')
      }
    }
    this.#watchStatus(session.status)
  }

  /** The tokens that a caller gets who does not wait. */
  checkWarm(): void {
    for (const need of NEEDS) {
      if (this.client.getAccessTokenState(need).status !== 'ready') continue
      this.call(need, false)
    }
  }

  call(need: (typeof NEEDS)[number], forceRefresh: boolean): void {
    const shown = subjectOf(this.client.getSession())
    const call = this.client.getAccessToken({ ...need, forceRefresh })
    const checked = call.then((token) =>
      this.#judge('call', token, shown ?? subjectOf(this.client.getSession())),
    )
    this.waits.promise(`getAccessToken ${JSON.stringify(need)}`, checked, this.#world.limit)
  }

  #judge(read: string, token: string, subject: string | undefined): void {
    const grant = this.#world.provider.accessTokens.get(token)
    const { status } = this.client.getSession()
    if (!grant) return this.report(`${read}: a token of nobody`)
    if (grant.subject !== subject) {
      this.report(`${read}: a token of ${grant.subject} while ${status} ${subject}`)
    }
    if (this.over.has(grant))
      this.report(`${read}: a token of a session that ended, while ${status}`)
  }

  #watchStatus(status: string): void {
    if (status === this.#status) return
    this.#status = status
    this.#statusOver()
    if (status !== 'restoring' && status !== 'signing-in') return
    this.#statusOver = this.waits.begin(`status ${status}`, STATUS_LIMITS[status])
  }

  /** Whether it found no worker in time, and does with a vault of its own. */
  get isAlone(): boolean {
    return this.client.diagnostics().vault === 'page'
  }

  /** Who is signed in here, by `sub`. */
  get signedIn(): string | undefined {
    const session = this.client.getSession()
    return session.status === 'signed-in' ? subjectOf(session) : undefined
  }

  get isSettled(): boolean {
    return isSettled(this.client.getSession().status)
  }
}

async function arrival(chunk: Chunk): Promise<void> {
  if (chunk === 'fails') throw new TypeError('Failed to fetch dynamically imported module')
  if (chunk === 'never comes') await new Promise(() => {})
}

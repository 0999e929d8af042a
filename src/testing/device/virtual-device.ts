import { Activity } from './activity.ts'
import { VirtualChannels } from './channels.ts'
import { VirtualLocks } from './locks.ts'
import { VirtualNetwork, type Fetch } from './network.ts'
import { VirtualRelays } from './relays.ts'
import { settle, turns } from './settle.ts'
import { watchThreads } from './threads.ts'
import type { TabOptions } from './tab-options.ts'
import { VirtualTab } from './tab.ts'
import { createThread, type Thread, type ThreadOptions } from './thread.ts'
import { VirtualClock } from './virtual-clock.ts'
import { VirtualWorkers } from './workers.ts'

export interface VirtualDeviceOptions {
  /** What answers its requests. */
  fetch: Fetch
  /** Whether there is work that the device cannot see: time then stands still. */
  isBusy?: () => boolean
  /** Whether its workers have relays, as in Firefox and WebKit. Default: no, as in Chromium. */
  relay?: boolean
}

/**
 * A device in memory: a clock pair, one origin with storage, channels, locks and workers, any number of tabs. Time moves
 * only when told to; the network is whatever `fetch` is given.
 *
 * @example
 *     const device = new VirtualDevice({ fetch: provider.fetch })
 *     const tab = device.tab({ url: 'https://app.example/' })
 *     await device.advance(60_000)
 *     device.sleep(3_600_000)
 *     device.killWorker()
 *     const reloaded = device.reload(tab)
 */
export class VirtualDevice {
  /** What every `random()` of it answers. */
  random = 0.5
  readonly activity = new Activity()
  readonly clock = new VirtualClock()
  readonly network: VirtualNetwork
  readonly channels = new VirtualChannels(this.activity, this.clock)
  readonly locks = new VirtualLocks(this.activity)
  readonly relays = new VirtualRelays(() => this.thread({ kind: 'relay' }), this.activity)
  readonly workers: VirtualWorkers
  readonly originStorage = new Map<string, string>()
  readonly #isBusy: () => boolean

  constructor({ fetch, isBusy = () => false, relay = false }: VirtualDeviceOptions) {
    this.workers = new VirtualWorkers(
      () => this.thread({ kind: 'worker' }),
      relay ? this.relays : undefined,
    )
    this.network = new VirtualNetwork(fetch, this.activity)
    this.#isBusy = isBusy
    watchThreads()
  }

  /** ms since 1970, as the user sees it. */
  get wall(): number {
    return this.clock.wall
  }

  get monotonic(): number {
    return this.clock.monotonic
  }

  get online(): boolean {
    return this.network.online
  }

  set online(online: boolean) {
    this.network.online = online
  }

  /** Workers by name. */
  get hosts(): VirtualWorkers['hosts'] {
    return this.workers.hosts
  }

  /** Everything ever posted on a channel, for tests that look for secrets. */
  get broadcasts(): VirtualChannels['posted'] {
    return this.channels.posted
  }

  get pendingTimers(): number {
    return this.clock.pendingTimers
  }

  timer(callback: () => void, ms: number): () => void {
    return this.clock.timer(callback, ms)
  }

  /** One thread's environment, a worker's or a page's. */
  thread(options: ThreadOptions = {}): Thread {
    return createThread(this, options)
  }

  tab(options: TabOptions = {}): VirtualTab {
    return new VirtualTab(this, options)
  }

  /** The page that comes after another one in the same tab. */
  navigate(tab: VirtualTab, url: string, options: TabOptions = {}): VirtualTab {
    tab.close()
    return this.tab({ cloneOf: tab, url, ...options })
  }

  reload(tab: VirtualTab, options: TabOptions = {}): VirtualTab {
    return this.navigate(tab, tab.href, options)
  }

  /** The browser ends a worker; default: all of them. */
  killWorker(name?: string): void {
    this.workers.kill(name)
  }

  /** The laptop sleeps: no timer runs, and the monotonic clock may stand still. */
  sleep(ms: number, monotonicToo = false): void {
    this.clock.sleep(ms, monotonicToo)
  }

  /** The user sets the clock. */
  jump(ms: number): void {
    this.clock.jump(ms)
  }

  /** Lets the code on this device run as far as it gets without time. */
  settle(): Promise<void> {
    return settle(this.activity, this.#isBusy)
  }

  /** Lets the code go on a little, not to its end: for what shall happen in the middle of something else. */
  turns(count: number): Promise<void> {
    return turns(count, this.#isBusy)
  }

  /** Time passes on both clocks; timers run in order, and all that comes of each before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.monotonic + ms
    await this.settle()
    while (this.clock.runNext(end)) await this.settle()
    await this.settle()
  }

  /** Lets time pass in steps until something holds. @throws when it takes longer than the limit */
  async until(holds: () => boolean, limitMs = 60_000, stepMs = 50): Promise<void> {
    const end = this.monotonic + limitMs
    await this.settle()
    while (!holds()) {
      if (this.monotonic >= end) throw new Error(`not within ${limitMs} ms: ${String(holds)}`)
      await this.advance(stepMs)
    }
  }
}

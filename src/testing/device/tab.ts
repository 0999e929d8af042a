import type { PageEnvironment, PageEvent, PageListener } from '../../client/page/environment.ts'
import type { WorkerPort } from '../../vault/worker/client.ts'
import type { VaultHost } from '../../vault/worker/host.ts'
import { VirtualPopup } from './popup.ts'
import { virtualStorage } from './storage.ts'
import type { TabHome, TabOptions } from './tab-options.ts'
import type { Thread } from './thread.ts'
import { Wire } from './wire.ts'
import { connectPort, silentPort } from './worker-port.ts'

type TabEvent = 'wake' | 'rest' | 'cached' | 'restored' | 'gone'

/** What a page hears of it, and whether the back-forward cache has to do with it. */
const PAGE_EVENTS: Record<TabEvent, [PageEvent, boolean]> = {
  wake: ['visibilitychange', false],
  rest: ['visibilitychange', false],
  cached: ['pagehide', true],
  restored: ['pageshow', true],
  gone: ['pagehide', false],
}

/** One page of a device, as its client sees it. */
export class VirtualTab {
  href: string
  visible = true
  /** Whether a person just clicked; undefined: this browser does not say. */
  touched: boolean | undefined = true
  /** What `navigator.onLine` says, where it is not the truth. */
  saysOnline: boolean | undefined
  /** Whether another page shows this one in a frame. */
  framed = false
  /** Whether something keeps this page from being left: a `beforeunload` handler, a provider that answers 204. */
  heldBack = false
  /** Whether the page shows nothing of itself. */
  concealed = false
  /** Whether the browser lets this page open no window. */
  blocksPopups = false
  readonly popups: VirtualPopup[] = []
  /** Whether the page closed its own window. */
  closedItself = false
  /** Where the page went. */
  readonly assigned: string[] = []
  readonly replaced: string[] = []
  readonly warnings: string[] = []
  readonly storage: Map<string, string>
  readonly env: PageEnvironment
  /** How often routers were told of a new URL. */
  announcedUrls = 0
  /** What the worker says on its way to this page, and the other way round. */
  readonly toPage: Wire
  readonly toWorker: Wire
  readonly #home: TabHome
  readonly #options: TabOptions
  readonly #thread: Thread
  readonly #listeners = new Set<PageListener>()
  readonly #ports = new Set<WorkerPort>()
  #openPorts = 0

  constructor(home: TabHome, { cloneOf, ...options }: TabOptions) {
    this.#home = home
    this.#options = options
    this.href = options.url ?? 'https://app.example/'
    this.storage = new Map(cloneOf?.storage)
    this.toPage = new Wire(home.activity)
    this.toWorker = new Wire(home.activity)
    this.#thread = home.thread(options)
    this.env = this.#environment()
  }

  /** How many clients follow this page. */
  get listeners(): number {
    return this.#listeners.size
  }

  /** How many ports to a worker are open. */
  get openPorts(): number {
    return this.#openPorts
  }

  /** Something happens to the page. */
  emit(event: TabEvent): void {
    this.#tell(...PAGE_EVENTS[event])
  }

  show(visible: boolean): void {
    this.visible = visible
    this.emit(visible ? 'wake' : 'rest')
  }

  /** Messages of the worker are held back while this is on. */
  get muted(): boolean {
    return this.toPage.mode === 'hold'
  }

  set muted(muted: boolean) {
    this.toPage.mode = muted ? 'hold' : 'deliver'
  }

  /** What was held back while `muted` arrives. */
  unmute(): void {
    this.toPage.release()
  }

  /** The browser freezes the page in the background: messages and timers wait. */
  freeze(): void {
    this.#tell('freeze')
    this.toPage.mode = 'hold'
    this.#thread.freeze()
  }

  thaw(): void {
    this.#thread.thaw()
    this.toPage.release()
    this.#tell('resume')
    this.emit(this.visible && this.#home.online ? 'wake' : 'rest')
  }

  /** @param isDeaf what other tabs say to it meanwhile is dropped, as HTML says; some browsers deliver it later */
  enterBackForwardCache(isDeaf = false): void {
    this.emit('cached')
    this.toPage.mode = 'hold'
    this.#thread.freeze(isDeaf)
  }

  leaveBackForwardCache(): void {
    this.#thread.thaw()
    this.toPage.release()
    this.emit('restored')
  }

  /** Closed, or left for another page that does not come back. */
  close(): void {
    this.emit('gone')
    this.toPage.mode = 'lose'
    this.#thread.close()
    // Nothing holds what was in the page: what of it is still reachable is held by something that should not.
    this.#listeners.clear()
    for (const port of this.#ports) Object.assign(port, silentPort())
    this.#ports.clear()
  }

  #tell(event: PageEvent, isCached = false): void {
    for (const listener of [...this.#listeners]) listener(event, isCached)
  }

  #environment(): PageEnvironment {
    const { storage = true } = this.#options
    const replaceUrl = (to: string) => {
      this.href = new URL(to, this.href).href
      this.replaced.push(this.href)
    }
    return {
      ...this.#thread,
      location: this.#location(),
      navigation: {
        isFramed: () => this.framed,
        hasFocus: () => this.visible,
        tellOpener: (message) => this.#options.popup?.tell(message),
        listenTo: (popup, listener) => (popup as VirtualPopup).listen(listener),
        closeWindow: () => void (this.closedItself = true),
        leave: (url) => this.#leave(url),
        goTo: (path) => {
          this.announcedUrls++
          replaceUrl(path)
        },
      },
      openPopup: () => {
        if (this.blocksPopups) return undefined
        this.popups.push(new VirtualPopup())
        return this.popups.at(-1)
      },
      requests: {
        baseUrl: () => this.href,
        send: (request, init) => this.#thread.fetch(request.url, new Request(request, init)),
      },
      replaceUrl,
      isVisible: () => this.visible,
      isOnline: () => this.saysOnline ?? this.#home.online,
      userActivation: () => this.touched,
      listen: (listener) => {
        this.#listeners.add(listener)
        return () => void this.#listeners.delete(listener)
      },
      hidePage: (hidden) => void (this.concealed = hidden),
      sessionStorage: virtualStorage(this.storage, storage),
      localStorage: virtualStorage(this.#home.originStorage, storage),
      startWorker: (name, _url, failed) => this.#startWorker(name, failed),
      warn: (message) => void this.warnings.push(message),
    }
  }

  #leave(url: string): Promise<void> {
    this.assigned.push(url)
    return this.heldBack ? new Promise(() => {}) : Promise.resolve()
  }

  #location(): PageEnvironment['location'] {
    const location = { href: '', assign: (to: string | URL) => void this.assigned.push(String(to)) }
    return Object.defineProperty(location, 'href', { get: () => this.href })
  }

  #startWorker(name: string, failed: (reason: string) => void): WorkerPort | undefined {
    const { worker = 'works', version } = this.#options
    const { workers } = this.#home
    switch (worker) {
      case 'throws':
        failed('refused')
        return undefined
      case 'fails':
        queueMicrotask(() => failed('404'))
        return silentPort()
      case 'silent':
        return silentPort()
      case 'works': {
        const host = workers.start(name, version)
        return this.#connect(host)
      }
      default:
        return this.#connect(worker)
    }
  }

  #connect(host: VaultHost): WorkerPort {
    this.#openPorts++
    const port = connectPort(host, this, () => this.#home.workers.isAlive(host))
    this.#ports.add(port)
    const { close } = port
    port.close = () => {
      this.#openPorts--
      close()
    }
    return port
  }
}

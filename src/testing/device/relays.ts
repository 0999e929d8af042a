import { Relay } from '../../vault/worker/relay/relay.ts'
import type { RelayHome, RelayThread } from '../../vault/worker/relay/relay-client.ts'
import type { Activity } from './activity.ts'
import type { Thread } from './thread.ts'
import { Wire } from './wire.ts'

/** What of a worker its relay has to do with. */
interface RelayedWorker {
  name: string
  /** Each start of a worker is another. */
  id: string
  isAlive(): boolean
}

/** The ServiceWorker of one worker file: its registration stays, its memory does not. */
class VirtualRelay {
  readonly #startThread: () => Thread
  #running: { relay: Relay; thread: Thread } | undefined
  isUnregistered = false

  constructor(startThread: () => Thread) {
    this.#startThread = startThread
  }

  /** Its own thread is started by what it is sent. */
  get relay(): Relay {
    if (!this.#running) {
      const thread = this.#startThread()
      this.#running = { relay: new Relay(thread), thread }
    }
    return this.#running.relay
  }

  kill(): void {
    this.#running?.thread.close()
    this.#running = undefined
  }
}

/** The relays of one origin, by the version of the worker's file. A browser without them has no homes for them. */
export class VirtualRelays {
  /** What the workers say on their way there, and the answers. */
  readonly toRelay: Wire
  readonly toWorker: Wire
  /** Whether another script has the place of the relay. */
  isForeign = false
  /** Whether the browser never says which one it has. */
  isSilent = false
  /** Whether the browser refuses to register one. */
  refuses = false
  /** Whether it ever did. */
  wasRefused = false
  /** How often one was registered. */
  registrations = 0
  readonly #relays = new Map<string, VirtualRelay>()
  readonly #startThread: () => Thread

  constructor(startThread: () => Thread, activity: Activity) {
    this.#startThread = startThread
    this.toRelay = new Wire(activity)
    this.toWorker = new Wire(activity)
  }

  home(worker: RelayedWorker, version: string): RelayHome {
    return {
      workerName: worker.name,
      find: async () => {
        if (this.isSilent) await new Promise(() => {})
        const relay = this.#relays.get(version)
        if (this.isForeign) return 'foreign'
        return relay && this.#thread(relay, worker)
      },
      register: async () => {
        if (this.refuses) {
          this.wasRefused = true
          throw new TypeError('refused')
        }
        this.registrations++
        this.isForeign = false
        const relay = this.#relays.get(version) ?? new VirtualRelay(this.#startThread)
        this.#relays.set(version, relay)
        return this.#thread(relay, worker)
      },
      update: async () => {},
    }
  }

  /** The browser ends them, and their memory: the next message starts them again. */
  kill(): void {
    for (const relay of this.#relays.values()) relay.kill()
  }

  /** A script of the page unregisters them. */
  unregister(): void {
    for (const relay of this.#relays.values()) {
      relay.kill()
      relay.isUnregistered = true
    }
    this.#relays.clear()
  }

  #thread(relay: VirtualRelay, worker: RelayedWorker): RelayThread {
    return {
      isGone: () => relay.isUnregistered,
      post: (request, onAnswer) => {
        const copy = structuredClone(request)
        this.toRelay.send(() => {
          if (relay.isUnregistered) return
          void relay.relay.receive(copy, worker.id).then((answer) => {
            const answered = structuredClone(answer)
            this.toWorker.send(() => {
              if (worker.isAlive()) onAnswer(answered)
            })
          })
        })
      },
    }
  }
}

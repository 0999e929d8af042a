import type { Channel } from '../../vault/environment.ts'
import type { Activity } from './activity.ts'
import { queueTask } from './task.ts'
import type { VirtualClock } from './virtual-clock.ts'

type Listener = (message: unknown) => void

/** The BroadcastChannels of one origin: each message is a task of its own. */
export class VirtualChannels {
  /** How long each message is on its way, ms: tabs of a busy machine hear late, and in order. */
  delayMs = 0
  /** Everything ever posted, for tests that look for secrets. */
  readonly posted: { name: string; message: unknown }[] = []
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #activity: Activity
  readonly #clock: Pick<VirtualClock, 'timer'>

  constructor(activity: Activity, clock: Pick<VirtualClock, 'timer'>) {
    this.#activity = activity
    this.#clock = clock
  }

  /** How many listen, to all of them. */
  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0)
  }

  open(name: string): Channel {
    const own = new Set<Listener>()
    let isClosed = false
    const all = this.#listenersOf(name)
    return {
      post: (message) => {
        if (isClosed) throw new DOMException('Channel is closed', 'InvalidStateError')
        this.#activity.note()
        const copy: unknown = structuredClone(message)
        this.posted.push({ name, message: copy })
        for (const listener of all) {
          // A channel does not hear itself.
          if (!own.has(listener)) this.#deliver(() => all.has(listener) && listener(copy))
        }
      },
      listen: (listener) => {
        const wrapped: Listener = (message) => listener(message)
        own.add(wrapped)
        all.add(wrapped)
      },
      close: () => {
        isClosed = true
        for (const listener of own) all.delete(listener)
      },
    }
  }

  #deliver(task: () => void): void {
    if (this.delayMs > 0) this.#clock.timer(task, this.delayMs)
    else queueTask(task)
  }

  #listenersOf(name: string): Set<Listener> {
    const known = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, known)
    return known
  }
}

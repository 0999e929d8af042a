import type { WorkerPort } from '../../src/vault/worker/client.ts'
import type { VirtualDevice } from '../../src/testing/device/virtual-device.ts'
import { MIN_REFRESH_INTERVAL_MS } from '../../src/renewal/schedule.ts'

type Report = (violation: string) => void

/** No two of a kind closer than the floor: by both clocks, as one of them may have slept. */
export class Floor {
  readonly #device: VirtualDevice
  readonly #report: Report
  readonly #last = new Map<string, { wall: number; monotonic: number }>()

  constructor(device: VirtualDevice, report: Report) {
    this.#device = device
    this.#report = report
  }

  note(what: string): void {
    const { wall, monotonic } = this.#device
    const last = this.#last.get(what)
    this.#last.set(what, { wall, monotonic })
    if (!last) return
    const since = Math.max(wall - last.wall, monotonic - last.monotonic)
    if (since < MIN_REFRESH_INTERVAL_MS) this.#report(`${what}: again after ${since} ms`)
  }
}

interface Message {
  method: string
  argument?: { scope?: string; resource?: string[]; proactive?: boolean; forceRefresh?: boolean }
}

/** Notes each request of a page's own accord: it says whether it is ahead of time, a caller's does not. */
export function watchPort(port: WorkerPort, floor: Floor): WorkerPort {
  const post = port.postMessage.bind(port)
  port.postMessage = (message: Message) => {
    const { method, argument = {} } = message
    const isOwn = method === 'getToken' && argument.proactive !== undefined
    // A token that was over when it came is asked for once more at once.
    const kind = argument.forceRefresh ? 'once more' : 'own accord'
    if (isOwn) floor.note(`getToken ${argument.scope} ${argument.resource} ${kind}`)
    post(message)
  }
  return port
}

import type { BffEnvironment } from '../environment.ts'
import { ProblemError } from '../http/problem.ts'

/** An upgrade that was authorised is open by then, or nobody opens it. */
const OPENING_MS = 30_000

/** How many WebSockets a session has open in this process, those that are being opened among them. */
export class SocketPlaces {
  readonly #env: Pick<BffEnvironment, 'timer'>
  readonly #limit: number
  readonly #taken = new Map<string, number>()

  constructor(env: Pick<BffEnvironment, 'timer'>, limit: number) {
    this.#env = env
    this.#limit = limit
  }

  /** @param session its name @throws ProblemError where the session has no more */
  take(session: string): SocketPlace {
    const taken = this.#taken.get(session) ?? 0
    if (taken >= this.#limit) throw new ProblemError('too_many_sockets')
    this.#taken.set(session, taken + 1)
    let isFree = false
    const free = () => {
      if (isFree) return
      isFree = true
      cancel()
      const left = (this.#taken.get(session) ?? 1) - 1
      if (left > 0) this.#taken.set(session, left)
      else this.#taken.delete(session)
    }
    const cancel = this.#env.timer(free, OPENING_MS)
    return { free, keep: cancel }
  }
}

export interface SocketPlace {
  /** The socket is open: its end frees the place. */
  keep: () => void
  free: () => void
}

import { WEB_SOCKET_SESSION_ENDED } from '../../bff-protocol.ts'
import type { BffEnvironment } from '../environment.ts'
import type { BffEvent } from '../events.ts'

/** How often it is asked whether the session of an open socket still lives: another instance may have ended it. */
const POLL_INTERVAL_MS = 30_000
/** RFC 6455 §7.4.1: the server goes away. */
const GOING_AWAY = 1001

export interface WatchedSession {
  /** `sessionName` of it. */
  name: string
  /** ms since 1970. */
  endsAt: number
  /** ms since 1970: from then on nobody here can say whether it is used, and whoever opens the socket again shows it. */
  knownUntil?: number
  /** While the store is away nobody can say, and sockets stay. */
  lives: () => Promise<boolean>
  /** @param code to close the socket with */
  ended: (code: number) => void
}

/** The sessions of what stays open: they end it, in whatever process they ended, and so does the backend that closes. */
export class SessionWatches {
  readonly #env: Pick<BffEnvironment, 'now' | 'timer'>
  readonly #watches = new Set<SessionWatch>()
  #isClosed = false

  constructor(env: Pick<BffEnvironment, 'now' | 'timer'>) {
    this.#env = env
  }

  /** @returns stop */
  add(session: WatchedSession): () => void {
    if (this.#isClosed) {
      // Its upgrade was under way when the backend closed, and no server ends while a socket is open.
      tell(session, GOING_AWAY)
      return () => {}
    }
    const watch = new SessionWatch(this.#env, session, () => this.#watches.delete(watch))
    this.#watches.add(watch)
    // It may have ended while its socket was being opened.
    watch.look()
    return () => watch.stop()
  }

  /** What this process itself ends is ended at once. */
  hear(event: BffEvent): void {
    if (event.type === 'session-ended') {
      for (const watch of this.#watches) {
        if (watch.session.name === event.session) watch.end(WEB_SOCKET_SESSION_ENDED)
      }
    } else if (event.type === 'sessions-ended' && event.count !== 0) {
      // Which ones they were only the store knows.
      for (const watch of this.#watches) watch.look()
    }
  }

  close(): void {
    this.#isClosed = true
    for (const watch of this.#watches) watch.end(GOING_AWAY)
  }
}

/** A listener that throws keeps no other socket open, and no server from its end. */
function tell({ ended }: WatchedSession, code: number): void {
  try {
    ended(code)
  } catch {
    // Its server cannot close it: there is nobody else who could.
  }
}

class SessionWatch {
  readonly session: WatchedSession
  readonly #env: Pick<BffEnvironment, 'now' | 'timer'>
  readonly #stopped: () => void
  #isOver = false
  #cancel = () => {}

  constructor(
    env: Pick<BffEnvironment, 'now' | 'timer'>,
    session: WatchedSession,
    stopped: () => void,
  ) {
    this.#env = env
    this.session = session
    this.#stopped = stopped
    this.#wait()
  }

  look(): void {
    this.#look().catch(() => {})
  }

  end(code: number): void {
    if (this.#isOver) return
    this.stop()
    tell(this.session, code)
  }

  stop(): void {
    this.#isOver = true
    this.#cancel()
    this.#stopped()
  }

  async #look(): Promise<void> {
    const { endsAt, knownUntil = endsAt, lives } = this.session
    const now = this.#env.now()
    if (now >= knownUntil && now < endsAt) this.end(GOING_AWAY)
    else if (now >= endsAt || !(await lives())) this.end(WEB_SOCKET_SESSION_ENDED)
    else if (!this.#isOver) this.#wait()
  }

  #wait(): void {
    const { endsAt, knownUntil = endsAt } = this.session
    const left = Math.max(Math.min(endsAt, knownUntil) - this.#env.now(), 0)
    this.#cancel()
    this.#cancel = this.#env.timer(() => this.look(), Math.min(POLL_INTERVAL_MS, left))
  }
}

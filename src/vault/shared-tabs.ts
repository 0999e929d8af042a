import { AuthError } from '../oauth/errors.ts'
import type { ExpiryReason } from '../renewal/verdict.ts'
import { startFamily, type Family } from './family.ts'
import { issue, receive } from './issued.ts'
import type { TokenKeeper } from './keeper.ts'
import type { Peers } from './peers.ts'
import type { Channel, IssuedToken, VaultEnvironment } from './types.ts'

/** A family on the wire between tabs. It holds the refresh token: `tabs: 'shared'` is the application's choice. */
type Copy = Pick<
  Family,
  'id' | 'metadata' | 'offset' | 'refreshToken' | 'idToken' | 'claims' | 'history' | 'revision'
> & { tokens: IssuedToken[] }

type Message =
  | { type: 'who' }
  | { type: 'family'; family: Copy }
  | { type: 'expired'; id: string; reason: ExpiryReason }

/** How long a new tab waits for one that has the session (ms). */
const WELCOME = 300
/** A refresh may take this long before another tab stops waiting for its turn (ms): longer than a request's deadline. */
const TURN = 15_000

/**
 * Copies one family between tabs without a worker. Advisory locks only: a frozen tab may hold one for
 * ever, so the wait is capped, state is read again after it, and the tab that is ahead wins.
 */
export class SharedTabs implements Peers {
  readonly #env: VaultEnvironment
  readonly #name: string
  readonly #channel: Channel | undefined
  #keeper: TokenKeeper | undefined
  #welcome: Promise<void> = Promise.resolve()

  constructor(env: VaultEnvironment, name: string) {
    this.#env = env
    this.#name = name
    this.#channel = env.channel(name)
  }

  join(keeper: TokenKeeper): void {
    this.#keeper = keeper
    keeper.events.on((event) => {
      if (event.type !== 'state') return
      if (event.state.status === 'expired' && this.#id !== undefined) {
        this.#post({ type: 'expired', id: this.#id, reason: event.state.reason })
      }
      this.#id = keeper.family?.id
    })
    const channel = this.#channel
    if (!channel) return
    this.#welcome = new Promise((resolve) => {
      const late = this.#env.timer(resolve, WELCOME)
      channel.listen((message) => {
        this.#receive(message as Message)
        if (keeper.family) {
          late()
          resolve()
        }
      })
    })
    this.#post({ type: 'who' })
  }

  /** The family this tab held last: an `expired` names it after it is gone. */
  #id: string | undefined

  settled(): Promise<void> {
    return this.#welcome
  }

  publish(family: Family): void {
    const { id, metadata, offset, refreshToken, idToken, claims, history, revision } = family
    const now = this.#keeper!.instant()
    const tokens = [...family.tokens.values()].map((token) => issue(token, now))
    this.#post({
      type: 'family',
      family: { id, metadata, offset, refreshToken, idToken, claims, history, revision, tokens },
    })
  }

  async exclusive<T>(run: () => Promise<T>): Promise<T> {
    if (!this.#env.locks) return run()
    let running: Promise<T> | undefined
    const turn = () => (running ??= run())
    try {
      return await this.#env.locks.request(this.#name, { signal: this.#env.deadline(TURN) }, turn)
    } catch (error) {
      // Refused or waited too long: go on without it. What `run` itself threw is its own.
      if (running || error instanceof AuthError) throw error
      return turn()
    }
  }

  #post(message: Message): void {
    this.#channel?.post(message)
  }

  #receive(message: Message): void {
    const keeper = this.#keeper!
    const mine = keeper.family
    if (message?.type === 'who') {
      if (mine) this.publish(mine)
    } else if (message?.type === 'expired') {
      if (mine?.id === message.id) keeper.expire(message.reason)
    } else if (message?.type === 'family' && typeof message.family?.id === 'string') {
      this.#adopt(message.family, mine)
    }
  }

  #adopt(copy: Copy, mine: Family | undefined): void {
    const keeper = this.#keeper!
    const now = keeper.instant()
    const tokens = copy.tokens.map((token) => receive(token, now))
    if (mine?.id !== copy.id) {
      // Another sign-in: taken as ours where nobody, or the same user, is signed in.
      if (!mine || mine.claims.sub === copy.claims.sub) {
        keeper.begin(startFamily({ ...copy, tokens }))
      }
    } else if (copy.revision >= mine.revision) {
      const moved = copy.revision > mine.revision
      Object.assign(mine, {
        refreshToken: copy.refreshToken,
        idToken: copy.idToken,
        claims: copy.claims,
        history: copy.history,
        revision: copy.revision,
      })
      if (!moved) return
      mine.coolDown.succeeded('')
      for (const token of tokens) {
        mine.tokens.set(token.key, token)
        keeper.events.emit({ type: 'token', token: issue(token, now) })
      }
    }
  }
}

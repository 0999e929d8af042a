import { isSeconds, isText, type JsonObject } from '../../oauth/json.ts'
import { checkMetadata } from '../../oauth/metadata.ts'
import { readTokenResponse } from '../../oauth/token-response.ts'
import { EXPIRY_REASONS, type ExpiryReason } from '../../renewal/verdict.ts'
import { startFamily, type Family } from '../keeper/family.ts'
import { receive } from '../held-token.ts'
import { issue } from '../keeper/issued-token.ts'
import type { TokenKeeper } from '../keeper/token-keeper.ts'
import type { Peers } from '../keeper/peers.ts'
import type { IssuedToken } from '../vault.ts'
import type { Channel, VaultEnvironment } from '../environment.ts'

/** A family on the wire between tabs. It holds the refresh token: `tabs: 'shared'` is the application's choice. */
type Copy = Pick<
  Family,
  'id' | 'metadata' | 'offset' | 'refreshToken' | 'idToken' | 'claims' | 'history' | 'revision'
> & { tokens: IssuedToken[] }

type Message =
  | { type: 'who' }
  | { type: 'family'; family: Copy }
  | { type: 'expired'; id: string; reason: ExpiryReason }

/** How long a tab that asks waits for one that has the session, or is ahead (ms). */
const WELCOME = 300
/** After so long another tab stops waiting for its turn (ms): longer than a refresh with all its deadlines. */
const TURN = 25_000
/** Messages take another way than locks: the next tab's turn begins when it has heard of this one's end (ms). */
const ECHO = 50

/**
 * Copies one family between tabs without a worker. Advisory locks only: a frozen tab may hold one for
 * ever, so the wait is capped, state is read again after it, and the tab that is ahead wins.
 */
export class SharedTabs implements Peers {
  readonly #env: VaultEnvironment
  readonly #name: string
  readonly #issuer: string
  readonly #channel: Channel | undefined
  #keeper: TokenKeeper | undefined
  #welcome: Promise<void> = Promise.resolve()
  /** The family this tab held last: an `expired` names it after it is gone. */
  #id: string | undefined
  /** Families that ended here: a tab that has not heard of it yet brings none of them back. */
  readonly #over = new Set<string>()

  constructor(env: VaultEnvironment, name: string, issuer: string) {
    this.#env = env
    this.#name = name
    this.#issuer = issuer
    this.#channel = env.channel(name)
  }

  join(keeper: TokenKeeper): void {
    this.#keeper = keeper
    keeper.events.on((event) => {
      if (event.type !== 'state') return
      const { state } = event
      const before = this.#id
      this.#id = keeper.family?.id
      if (before === undefined || before === this.#id) return
      this.#over.add(before)
      if (state.status === 'expired')
        this.#post({ type: 'expired', id: before, reason: state.reason })
    })
    const channel = this.#channel
    if (!channel) return
    this.#welcome = new Promise((resolve) => {
      const late = this.#env.timer(resolve, WELCOME)
      channel.listen((message) => {
        this.#receive(message)
        if (keeper.family) {
          late()
          resolve()
        }
      })
    })
    this.#post({ type: 'who' })
  }

  settled(): Promise<void> {
    return this.#welcome
  }

  async reread(): Promise<void> {
    if (!this.#channel) return
    this.#post({ type: 'who' })
    await this.#pause(WELCOME)
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

  exclusive<T>(run: () => Promise<T>): Promise<T> {
    const { locks } = this.#env
    if (!locks) return run()
    return new Promise((resolve, reject) => {
      let running: Promise<void> | undefined
      // Never fails, so that a failure is the lock's: refused, or waited for too long.
      const turn = () => (running ??= run().then(resolve, reject))
      const inTurn = () => turn().then(() => this.#pause(ECHO))
      // As a promise, also where `request` throws at once.
      const wait = async (name: string) =>
        locks.request(name, { signal: this.#env.deadline(TURN) }, inTurn)
      // Those who gave up on the first still go one after another; in the end, on without it.
      wait(this.#name)
        .catch(() => wait(`${this.#name}.late`))
        .catch(turn)
    })
  }

  close(): void {
    this.#channel?.close()
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#env.timer(resolve, ms))
  }

  #post(message: Message): void {
    try {
      this.#channel?.post(message)
    } catch {
      // A closed channel, or a claim that cannot be copied: this tab goes on alone.
    }
  }

  /** Whatever was written here, nothing of it may stop this tab. */
  #receive(given: unknown): void {
    const keeper = this.#keeper!
    const message = given as Message
    const mine = keeper.family
    try {
      if (message.type === 'who') {
        if (mine) this.publish(mine)
      } else if (message.type === 'expired') {
        const reason = EXPIRY_REASONS.find((known) => known === message.reason)
        if (reason && mine?.id === message.id) keeper.expire(reason)
      } else if (message.type === 'family') {
        this.#adopt(read(message.family, mine, this.#issuer), mine)
      }
    } catch {
      // Not a message of ours.
    }
  }

  #adopt(copy: Copy, mine: Family | undefined): void {
    if (this.#over.has(copy.id)) return
    const keeper = this.#keeper!
    const now = keeper.instant()
    const tokens = copy.tokens.map((token) => receive(token, now))
    if (mine?.id !== copy.id) {
      // Another sign-in: taken as ours where nobody, or the same user, is signed in.
      if (!mine || mine.claims.sub === copy.claims.sub) {
        keeper.begin(startFamily({ ...copy, tokens, adopted: true }))
      }
      return
    }
    if (copy.revision < mine.revision) return
    const moved = copy.revision > mine.revision
    const { refreshToken, idToken, claims, history, revision } = copy
    Object.assign(mine, { refreshToken, idToken, claims, history, revision })
    if (!moved) return
    mine.adopted = true
    mine.coolDown.succeeded('')
    for (const token of tokens) {
      const held = mine.tokens.get(token.key)
      if (held?.response.access_token === token.response.access_token) continue
      mine.tokens.set(token.key, token)
      mine.coolDown.sent(token.key, token.sentAt)
      keeper.events.emit({ type: 'token', token: issue(token, now) })
    }
  }
}

/**
 * Copied member by member, as everything that comes from outside.
 * @throws unless it is a family of this issuer, and one that can be this one's continuation
 */
function read(copy: Copy, mine: Family | undefined, issuer: string): Copy {
  const { id, metadata, offset, refreshToken, idToken, claims, revision } = copy
  const { ambiguous, refusals } = copy.history
  const ours =
    isText(id) &&
    !Array.isArray(claims) &&
    isText(claims.sub) &&
    (mine?.id !== id || mine.claims.sub === claims.sub) &&
    Number.isFinite(offset) &&
    typeof ambiguous === 'boolean' &&
    isSeconds(refusals) &&
    Number.isSafeInteger(revision) &&
    [refreshToken ?? 'none', idToken ?? 'none'].every(isText)
  if (!ours) throw new TypeError('not a family')
  return {
    ...{ id, offset, refreshToken, idToken, claims, revision },
    history: { ambiguous, refusals },
    metadata: checkMetadata(issuer, metadata),
    tokens: copy.tokens.map((token) => readToken(token, claims.sub)),
  }
}

function readToken(
  { key, response, lifetime, sentAt, age }: IssuedToken,
  subject: string,
): IssuedToken {
  if (typeof key !== 'string' || ![lifetime, sentAt, age].every(isSeconds)) {
    throw new TypeError('not a token')
  }
  const wire = response as unknown as JsonObject
  return {
    ...{ subject, key, lifetime, sentAt, age },
    response: readTokenResponse(wire, '').response,
  }
}

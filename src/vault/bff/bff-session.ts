import type { AuthError } from '../../errors.ts'
import { remaining, type Instant, type Lifetime } from '../../renewal/lifetime.ts'
import { MAX_TIMER_MS } from '../../renewal/schedule.ts'
import type { Emitter } from '../emitter.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import { anotherUserError, noSessionError } from '../token-errors.ts'
import type { EmptyReason, UserClaims, VaultEvent, VaultState } from '../vault.ts'
import { misconfiguredError, requestBff, type BffAddress, type JsonObject } from './request.ts'
import { sessionEnd } from './session-end.ts'
import type { SessionMemory } from './session-memory.ts'

type Live = Extract<VaultState, { status: 'live' }>

/** A session that ends is asked for a moment later, one that is said to end at once not in a loop. */
const CHECK_DELAY_MS = 1000
const MIN_CHECK_INTERVAL_MS = 5000
/** After an answer that never came. */
const RETRY_DELAY_MS = 30_000

/** What a server's page shows: the backend's word, without how long it holds. */
export interface KnownSession {
  claims: UserClaims
  session?: string | undefined
}

export interface BffSessionParts {
  env: VaultEnvironment
  address: BffAddress
  memory: SessionMemory
  events: Emitter<VaultEvent>
  /** Asks also where this browser remembers no sign-in. */
  alwaysAsks: boolean
  /** Another user than before is signed in, by `sub`, or nobody any more. */
  onUser(sub: string | undefined): void
}

/** Who is signed in, by the backend's last word: the same for all tabs, because the cookie is. */
export class BffSession {
  readonly #parts: BffSessionParts
  #state: VaultState = { status: 'empty', reason: 'no_session' }
  #asking: Promise<VaultState> | undefined
  /** Counts what makes an answer that is on its way old news: a sign-out here, anything in another tab. */
  #news = 0
  #askedAt = -Infinity
  /** Which sign-in was the last when it was asked. */
  #asked: string | null = null
  #isTold = false
  #cancelCheck = () => {}
  #isClosed = false
  /** Which sign-in of this browser the state is of. */
  #signIn: string | null = null
  /** The backend's last word on the session, whole, and when it was asked. */
  said: JsonObject & { sentAt?: Instant } = {}

  constructor(parts: BffSessionParts) {
    this.#parts = parts
  }

  get state(): VaultState {
    return this.#state
  }

  /** For `SESSION_HEADER`. */
  get name(): string | undefined {
    return this.said['session'] as string | undefined
  }

  get generation(): unknown {
    return this.said['generation']
  }

  /** Whether the state is of the sign-in that this browser remembers last. */
  get isOfLastSignIn(): boolean {
    return this.#signIn === this.#parts.memory.signIn
  }

  /** Whether the access token is over, and only the page can have the backend renew it. */
  get needsRenewal(): boolean {
    const { renewedByPage, accessTokenExpiresIn, sentAt } = this.said
    const token: Lifetime = { sentAt: sentAt!, lifetime: Number(accessTokenExpiresIn) * 1000 }
    return renewedByPage === true && !(remaining(token, instant(this.#parts.env)) > 0)
  }

  /** @param subject whose, by `sub` @throws AuthError where that user is not signed in */
  live(subject?: string): Live {
    if (this.#state.status !== 'live') throw noSessionError(this.#state)
    if (subject !== undefined && subject !== this.#state.claims.sub) throw anotherUserError()
    return this.#state
  }

  /**
   * Asks who is signed in; all who ask at one moment share the answer.
   * @param isUse whether a person is there: the session's idle time begins anew
   * @param isTold whether another tab or a server's page says that there is one: before any mark of it may be seen here
   * @throws AuthError where there is no answer: what was known stays
   */
  ask(isUse = false, isTold = false): Promise<VaultState> {
    this.#isTold ||= isTold
    this.#asking ??= this.#ask(isUse).finally(() => (this.#asking = undefined))
    return this.#asking
  }

  /** What is known may be over: no answer counts that is under way. */
  askAnew(isTold?: boolean): Promise<VaultState> {
    this.#news++
    return this.ask(false, isTold)
  }

  /** Asks, where the last answer is older than this; again later, where none comes. */
  check(age = 0): void {
    if (this.#parts.env.monotonic() - this.#askedAt < age) return
    this.ask().catch(() => this.checkLater())
  }

  /** An answer that matters did not come. */
  checkLater(): void {
    this.#checkIn(RETRY_DELAY_MS)
  }

  /** Takes an answer, unless something happened since it was asked for. @throws AuthError */
  async takeFrom(asked: Promise<JsonObject>): Promise<boolean> {
    const news = this.#news
    const sentAt = instant(this.#parts.env)
    let error: AuthError | undefined
    const answer = await asked.catch((failure: AuthError) => {
      if (failure.code !== 'session_expired') throw failure
      error = failure
      return { authenticated: false }
    })
    if (news !== this.#news) return false
    this.#isTold = false
    this.#take({ ...answer, sentAt }, error)
    return true
  }

  /** The backend refused a request because the session is over. */
  ended(error: AuthError): void {
    if (this.#state.status === 'live') this.#take({ authenticated: false }, error)
  }

  /** Nobody is signed in any more, whatever the cookie says. */
  end(reason: EmptyReason): void {
    this.#news++
    this.#isTold = false
    this.#parts.memory.ended(this.name)
    this.#empty(reason)
  }

  adopt(known: KnownSession): VaultState {
    this.#parts.memory.found(known.session)
    this.said = { ...known }
    // The server was asked as it rendered: the browser's first `pageshow` asks nothing that the page has just come with.
    this.#askedAt = this.#parts.env.monotonic()
    return this.#become({ status: 'live', claims: known.claims })
  }

  close(): void {
    this.#isClosed = true
    this.#news++
    this.#cancelCheck()
  }

  async #ask(isUse: boolean): Promise<VaultState> {
    const { address, memory, alwaysAsks, env } = this.#parts
    for (;;) {
      this.#asked = memory.signIn
      const isExpected = this.#isTold || memory.mayHaveSession
      // A sign-out is all that is known; or it is of whichever session there is.
      if (isExpected ? memory.isEnded() : memory.owedSignOut) return this.#empty('signed_out')
      if (!isExpected && !alwaysAsks) return this.#nobody()
      this.#askedAt = env.monotonic()
      const path = isUse ? '/session' : '/session?slide=false'
      const isTaken = await this.takeFrom(requestBff(address, path))
      // Else something happened meanwhile, and what is so now is another question.
      if (isTaken || this.#isClosed) return this.#state
    }
  }

  #take(answer: JsonObject, error?: AuthError): void {
    const { address, memory } = this.#parts
    const { authenticated, claims, sessionExpiresIn, idleExpiresIn } = answer
    this.said = answer
    if (authenticated === false) return void this.#nobody(error)
    const { sub } = Object(claims) as Partial<UserClaims>
    if (authenticated !== true || typeof sub !== 'string' || !sub) {
      throw misconfiguredError(address.base, 'no session of this version')
    }
    // The cookie is still there of a session that the user ended.
    if (memory.isEnded(this.name)) return void this.#empty('signed_out')
    memory.found(this.name)
    this.#become({ status: 'live', claims: claims as UserClaims })
    this.#checkIn(Math.min(Number(sessionExpiresIn), Number(idleExpiresIn)) * 1000)
  }

  #empty(reason: EmptyReason): VaultState {
    return this.#become({ status: 'empty', reason })
  }

  /** The backend knows no session: over, where there was one. */
  #nobody(error?: AuthError): VaultState {
    const state = this.#state
    const { memory } = this.#parts
    if (state.status === 'empty') memory.forget(this.#asked)
    if (state.status !== 'live') return this.#become(state)
    // Another tab's sign-out that was not heard.
    if (memory.isSignedOut) return this.#empty('signed_out_elsewhere')
    return this.#become({ status: 'expired', claims: state.claims, ...sessionEnd(error) })
  }

  #become(state: VaultState): VaultState {
    const before = this.#state
    const { events, memory, onUser } = this.#parts
    this.#signIn = memory.signIn
    this.#state = state
    if (state.status !== 'live') {
      this.said = {}
      this.#cancelCheck()
    }
    if (subjectOf(before) !== subjectOf(state)) onUser(subjectOf(state))
    if (JSON.stringify(before) !== JSON.stringify(state)) events.emit({ type: 'state', state })
    return state
  }

  #checkIn(ms: number): void {
    this.#cancelCheck()
    // Whatever is no number is no time to ask at.
    if (this.#isClosed || !(ms >= 0)) return
    const wait = Math.max(ms + CHECK_DELAY_MS, MIN_CHECK_INTERVAL_MS)
    this.#cancelCheck = this.#parts.env.timer(() => this.check(), Math.min(wait, MAX_TIMER_MS))
  }
}

function subjectOf(state: VaultState): string | undefined {
  return state.status === 'live' ? state.claims.sub : undefined
}

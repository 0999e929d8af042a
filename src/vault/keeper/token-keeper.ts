import { checkResource } from '../../oauth/endpoint.ts'
import { AuthError } from '../../errors.ts'
import { createJwksCache } from '../../oauth/jwks.ts'
import { refreshTokens } from '../../oauth/refresh-grant.ts'
import type { TokenGrant } from '../../oauth/grant-result.ts'
import { remaining, type Instant } from '../../renewal/lifetime.ts'
import {
  judge,
  type ExpiryReason,
  type RefreshHistory,
  type Verdict,
} from '../../renewal/verdict.ts'
import { Emitter } from '../emitter.ts'
import { userOf, type Family } from './family.ts'
import { keyOf, type HeldToken } from '../held-token.ts'
import { hold, issue, serves } from './issued-token.ts'
import { but, gone, noRefreshToken, tooShort } from './token-errors.ts'
import { ALONE, type Peers } from './peers.ts'
import { Rest } from './cool-down-waiters.ts'
import { Revocations } from './revocations.ts'
import type { EmptyReason, TokenNeed, VaultConfig, VaultEvent, VaultState } from '../vault.ts'
import type { VaultEnvironment } from '../environment.ts'

/** How long a caller without a valid token waits out failures before it is told (ms). */
const PATIENCE = 10_000

/**
 * The longest that anybody waits, also behind the slow answers of other needs (ms). With a UserInfo request after
 * it, less than a port's SILENCE: a slow provider is no lost worker.
 */
const LONGEST_WAIT = 30_000

/** The one engine that holds a refresh token and spends it once at a time. */
export class TokenKeeper {
  readonly events = new Emitter<VaultEvent>()
  readonly jwks = createJwksCache()
  readonly revocations: Revocations
  /** What a sign-out tells the provider of the session that it ended itself. */
  expired: Pick<Family, 'metadata' | 'idToken'> | undefined
  readonly #env: VaultEnvironment
  readonly #config: VaultConfig
  readonly #peers: Peers
  readonly #rest: Rest
  #family: Family | undefined
  #ended: Exclude<VaultState, { status: 'live' }> = { status: 'empty', reason: 'no_session' }

  constructor(env: VaultEnvironment, config: VaultConfig, peers: Peers = ALONE) {
    this.#env = env
    this.#config = config
    this.#peers = peers
    this.revocations = new Revocations(env, config)
    this.#rest = new Rest(env)
  }

  get family(): Family | undefined {
    return this.#family
  }

  instant(): Instant {
    return { wall: this.#env.now(), mono: this.#env.monotonic() }
  }

  state(): VaultState {
    const family = this.#family
    if (!family) return this.#ended
    const token = family.tokens.get('')
    const state: VaultState = {
      status: 'live',
      claims: userOf(family.claims),
      clockOffset: family.offset,
      renewable: family.refreshToken !== undefined,
    }
    return token ? { ...state, token: issue(token, this.instant()) } : state
  }

  /** A sign-in, or another tab's. What was in flight for the family before comes back to nobody. */
  begin(family: Family): void {
    const before = this.#family
    if (before?.claims.sub !== family.claims.sub) this.#abandon(true)
    else this.revocations.later(before, before.refreshToken)
    this.expired = undefined
    this.#family = family
    this.#tell()
  }

  /** Signed out, here or elsewhere. Sign-out wins over whatever is in flight. */
  end(reason: EmptyReason): void {
    // A copy is left to the tab that had it from the provider, and to the one where the user signed out.
    this.#abandon(reason === 'signed_out' || !this.#family?.adopted)
    this.expired = undefined
    this.#ended = { status: 'empty', reason }
    this.#tell()
  }

  /** The provider ended it. The user may sign in again where they are. */
  expire(reason: ExpiryReason): void {
    if (!this.#family) return
    const { metadata, idToken, claims } = this.#family
    this.expired = { metadata, idToken }
    this.#ended = { status: 'expired', claims: userOf(claims), reason }
    this.#abandon(false)
    this.#tell()
  }

  /**
   * A token that meets the need: the one at hand, or a new one. One request per need at a time, one after
   * another for one family; failures are waited out for a while, in step with all other callers.
   * @throws AuthError
   */
  getToken(need: TokenNeed): Promise<HeldToken> {
    return new Promise((resolve, reject) => {
      const late = new AuthError('timeout', { message: 'No token in time. Try again later.' })
      // What was asked for goes on, and serves whoever asks again.
      const cancel = this.#env.timer(() => reject(late), LONGEST_WAIT)
      this.#find(need).finally(cancel).then(resolve, reject)
    })
  }

  async #find(need: TokenNeed): Promise<HeldToken> {
    const key = keyOf(need)
    checkResource(need.resource)
    const { minValidity = 0 } = need
    if (!(minValidity >= 0)) {
      throw new TypeError('getAccessToken: `minValidity` must be milliseconds, 0 or more')
    }
    if (need.resumed) this.#wake()
    const user = need.subject ?? this.#family?.claims.sub
    const before = this.#family?.tokens.get(key)
    const asked = this.#env.monotonic()
    let short = 0
    for (;;) {
      const family = this.#family
      // Never another user's token, also for a caller who waited while users changed places.
      if (!family || family.claims.sub !== user) throw this.#gone()
      const now = this.instant()
      const held = family.tokens.get(key)
      if (held && serves(held, need, now, before)) return held
      // Asking again would give another that is as short.
      if (held && remaining(held, now) > 0 && held.lifetime <= minValidity) {
        throw tooShort(held, minValidity)
      }
      const { ms, error, own } = family.coolDown.wait(key, now)
      // Whoever comes while one is under way shares it: the floor is between requests.
      if (ms > 0 && !family.inFlight.has(key)) {
        // What was refused for its own scope or resource does not get better by waiting.
        if (error && (own || need.proactive || now.mono + ms > asked + PATIENCE))
          throw but(error, { retryAfter: ms })
        await this.#rest.for(ms)
        continue
      }
      try {
        const token = await this.#share(family, key, need, before)
        if (this.#family === family && !serves(token, need, this.instant(), before)) {
          // Over, or nearly, when it came: the network is slow, or the device slept meanwhile.
          if (++short > 2 || token.lifetime <= minValidity) throw tooShort(token, minValidity)
        }
      } catch (failure) {
        // Another round for what a cool-down waits for, or another sign-in of the user may answer.
        if (this.#family === family && !family.coolDown.wait(key, this.instant()).error)
          throw failure
      }
    }
  }

  /** The network or the device is back: nobody waits longer than the provider itself asked for. */
  #wake(): void {
    this.#family?.coolDown.wake(this.instant())
    this.#rest.end()
  }

  #share(
    family: Family,
    key: string,
    need: TokenNeed,
    before: HeldToken | undefined,
  ): Promise<HeldToken> {
    const running = family.inFlight.get(key)
    if (running) return running
    const turn = family.queue.then(() =>
      this.#peers.exclusive(() => this.#attempt(family, key, need, before)),
    )
    const done = () => void family.inFlight.delete(key)
    family.queue = turn.then(done, done)
    family.inFlight.set(key, turn)
    return turn
  }

  async #attempt(
    family: Family,
    key: string,
    need: TokenNeed,
    before: HeldToken | undefined,
  ): Promise<HeldToken> {
    if (this.#family !== family) throw this.#gone()
    const sentAt = this.instant()
    // While this one queued, another tab may have renewed, or the provider may have asked for rest.
    const held = family.tokens.get(key)
    if (held && serves(held, need, sentAt, before)) return held
    const pause = family.coolDown.wait(key, sentAt).error
    if (pause) throw pause
    const { refreshToken, history } = family
    if (refreshToken === undefined) throw this.#withoutRefreshToken(held, sentAt)

    // The session's own token is for the first: few providers take several in one token request.
    const resource = need.resource?.length ? need.resource : this.#config.resource?.slice(0, 1)
    let retrying: AuthError | undefined
    family.coolDown.sent(key, sentAt)
    this.events.emit({ type: 'renewal', key, renewal: 'running' })
    // Until its answer is here, whoever takes over from this tab must assume that the token is spent.
    this.#peers.publish({ ...family, history: { ...history, ambiguous: true } })
    try {
      const result = await refreshTokens(
        {
          context: { ...this.#env, offset: family.offset },
          client: this.#config,
          metadata: family.metadata,
          keys: this.jwks,
        },
        {
          refreshToken,
          previous: family.claims,
          // What was granted before is what is asked for (RFC 6749 §6).
          requestedScope: need.scope ?? family.tokens.get('')?.response.scope ?? this.#config.scope,
          ...(need.scope !== undefined && { scope: need.scope }),
          ...(resource && { resource }),
        },
      )
      if (!result.ok) {
        this.revocations.now(family, result.refreshToken)
        throw result.error
      }
      const { grant } = result
      if (this.#family === family) return this.#commit(family, key, grant, sentAt, refreshToken)
      const replaced = !family.abandoned && this.#family?.claims.sub === family.claims.sub
      this.revocations[replaced ? 'later' : 'now'](family, grant.refreshToken)
      throw this.#gone()
    } catch (error) {
      const failure =
        error instanceof AuthError
          ? error
          : new AuthError('provider_unavailable', { message: 'The refresh failed.', cause: error })
      const verdict = judge(failure, history, key !== '')
      // Another tab may have moved on: then this was the token before its own (T-17).
      if (verdict.kind === 'terminal') await this.#peers.reread()
      if (this.#family !== family) throw this.#gone()
      if (family.refreshToken !== refreshToken) {
        return await this.#attempt(family, key, need, before)
      }
      if (verdict.kind === 'terminal') {
        this.expire(verdict.reason)
        throw this.#gone(failure)
      }
      retrying = this.#failed(family, key, failure, verdict, history)
      throw retrying
    } finally {
      this.events.emit({
        type: 'renewal',
        key,
        ...(retrying ? { renewal: 'retrying', error: retrying.toJSON() } : { renewal: 'idle' }),
      })
    }
  }

  #commit(
    family: Family,
    key: string,
    { response, claims, refreshToken }: TokenGrant,
    sentAt: Instant,
    spent: string,
  ): HeldToken {
    const token = hold(family.claims.sub, key, response, sentAt)
    const user = JSON.stringify(userOf(family.claims))
    // New, same and omitted refresh tokens are all normal (RFC 6749 §6). One that another tab got meanwhile is newer.
    if (family.refreshToken === spent) family.refreshToken = refreshToken ?? spent
    family.idToken = response.id_token ?? family.idToken
    // What a refreshed ID token leaves out still holds: it is compared with the first (Core §12.2).
    family.claims = { ...family.claims, ...claims }
    family.history = { ambiguous: false, refusals: 0 }
    family.revision++
    family.adopted = false
    family.coolDown.succeeded(key)
    for (const [other, old] of family.tokens) {
      if (other && remaining(old, sentAt) <= 0) family.tokens.delete(other)
    }
    family.tokens.set(key, token)
    this.#peers.publish(family)
    this.events.emit({ type: 'token', token: issue(token, this.instant()) })
    if (JSON.stringify(userOf(family.claims)) !== user) this.#tell()
    return token
  }

  /** A failed refresh that did not end the session: when to try again, and what is known by then. */
  #failed(
    family: Family,
    key: string,
    failure: AuthError,
    verdict: Exclude<Verdict, { kind: 'terminal' }>,
    { ambiguous, refusals }: RefreshHistory,
  ): AuthError {
    let error = failure
    if (verdict.kind === 'transient') {
      family.history = {
        ambiguous: ambiguous || verdict.ambiguous,
        refusals: refusals + (verdict.unclear ? 1 : 0),
      }
      // Whatever the provider called it, it will be tried again: nobody should give up.
      if (!error.recoverable) {
        error = but(failure, { code: 'provider_unavailable' })
      }
    }
    this.#peers.publish(family)
    family.coolDown.failed(
      error,
      this.instant(),
      this.#env.random(),
      verdict.kind === 'need' ? key : undefined,
    )
    return error
  }

  #abandon(andRevoke: boolean): void {
    const family = this.#family
    this.#family = undefined
    if (!family) return
    family.abandoned = true
    this.revocations.later(family, family.refreshToken)
    this.revocations.end(andRevoke)
  }

  #tell(): void {
    this.events.emit({ type: 'state', state: this.state() })
    this.#rest.end()
  }

  #withoutRefreshToken(held: HeldToken | undefined, now: Instant): AuthError {
    if (!held || remaining(held, now) > 0) return noRefreshToken()
    this.expire('no_refresh_token')
    return this.#gone()
  }

  #gone(cause?: AuthError): AuthError {
    return gone(this.#ended, this.#family !== undefined, cause)
  }
}

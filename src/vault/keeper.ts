import { AuthError } from '../oauth/errors.ts'
import { createJwksCache } from '../oauth/jwks.ts'
import { discardedRefreshToken, refresh } from '../oauth/refresh-grant.ts'
import { revoke } from '../oauth/revocation.ts'
import type { TokenGrant } from '../oauth/types.ts'
import { remaining, type Instant } from '../renewal/lifetime.ts'
import { judge, type ExpiryReason } from '../renewal/verdict.ts'
import { Emitter } from './emitter.ts'
import { userOf, type Family } from './family.ts'
import { hold, issue, keyOf, serves, type HeldToken } from './issued.ts'
import { ALONE, type Peers } from './peers.ts'
import type {
  EmptyReason,
  TokenNeed,
  VaultConfig,
  VaultEnvironment,
  VaultEvent,
  VaultState,
} from './types.ts'

/** How long a caller without a valid token waits out failures before it is told (ms). */
const PATIENCE = 10_000

/** The one engine that holds a refresh token and spends it once at a time. */
export class TokenKeeper {
  readonly events = new Emitter<VaultEvent>()
  readonly jwks = createJwksCache()
  readonly #env: VaultEnvironment
  readonly #config: VaultConfig
  readonly #peers: Peers
  readonly #resting = new Set<() => void>()
  #family: Family | undefined
  #ended: Exclude<VaultState, { status: 'live' }> = { status: 'empty', reason: 'no_session' }

  constructor(env: VaultEnvironment, config: VaultConfig, peers: Peers = ALONE) {
    this.#env = env
    this.#config = config
    this.#peers = peers
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
      offset: family.offset,
      renewable: family.refreshToken !== undefined,
    }
    return token ? { ...state, token: issue(token, this.instant()) } : state
  }

  /** A sign-in, or another tab's. What was in flight for the family before comes back to nobody. */
  begin(family: Family): void {
    const before = this.#family
    if (before && before.claims.sub !== family.claims.sub) this.#abandon(before)
    this.#family = family
    this.#tell()
  }

  /** Signed out, here or elsewhere. Sign-out wins over whatever is in flight. */
  end(reason: EmptyReason): void {
    if (this.#family) this.#abandon(this.#family)
    this.#family = undefined
    this.#ended = { status: 'empty', reason }
    this.#tell()
  }

  /** The provider ended it. The user may sign in again where they are. */
  expire(reason: ExpiryReason): void {
    if (!this.#family) return
    this.#ended = { status: 'expired', claims: userOf(this.#family.claims), reason }
    this.#family = undefined
    this.#tell()
  }

  /**
   * A token that meets the need: the one at hand, or a new one. One request per need at a time, one after
   * another for one family; failures are waited out for a while, in step with all other callers.
   * @throws AuthError
   */
  async getToken(need: TokenNeed): Promise<HeldToken> {
    const key = keyOf(need)
    if (need.minValidity !== undefined && !(need.minValidity >= 0)) {
      throw new TypeError('getAccessToken: `minValidity` must be milliseconds, 0 or more')
    }
    const asked = this.instant()
    if (need.wake) this.#wake()
    for (;;) {
      const family = this.#family
      if (!family) throw this.#gone()
      const now = this.instant()
      const held = family.tokens.get(key)
      if (held && (need.force ? held.sentAt.mono >= asked.mono : serves(held, need, now))) {
        return held
      }
      const { ms, error } = family.coolDown.wait(key, now)
      if (ms > 0) {
        if (error && (need.early || now.mono + ms > asked.mono + PATIENCE)) throw later(error, ms)
        await this.#rest(ms)
        continue
      }
      try {
        return this.#accept(await this.#share(family, key, need, asked), need)
      } catch (failure) {
        // Only a failure that left a cool-down behind is worth another round.
        if (!(this.#family === family && family.coolDown.wait(key, this.instant()).error)) {
          throw failure
        }
      }
    }
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const over = () => {
        cancel()
        this.#resting.delete(over)
        resolve()
      }
      const cancel = this.#env.timer(over, ms)
      this.#resting.add(over)
    })
  }

  /** The network or the device is back: nobody waits longer than the provider itself asked for. */
  #wake(): void {
    this.#family?.coolDown.wake()
    for (const over of [...this.#resting]) over()
  }

  #accept(token: HeldToken, need: TokenNeed): HeldToken {
    const left = remaining(token, this.instant())
    const { minValidity = 0 } = need
    // `expires_in: 0` still serves those who waited for it, once (RFC 6749 §5.1 does not forbid it).
    if (left > minValidity || (minValidity === 0 && token.lifetime === 0)) return token
    throw new AuthError('min_validity_unattainable', {
      message: `The provider's access tokens hold ${token.lifetime} ms: ask for less minValidity than ${minValidity} ms.`,
    })
  }

  #share(family: Family, key: string, need: TokenNeed, asked: Instant): Promise<HeldToken> {
    const running = family.inFlight.get(key)
    if (running) return running
    const turn = family.queue.then(() =>
      this.#peers.exclusive(() => this.#attempt(family, key, need, asked)),
    )
    const done = () => void family.inFlight.delete(key)
    family.queue = turn.then(done, done)
    family.inFlight.set(key, turn)
    return turn
  }

  async #attempt(family: Family, key: string, need: TokenNeed, asked: Instant): Promise<HeldToken> {
    if (this.#family !== family) throw this.#gone()
    const sentAt = this.instant()
    // While this one queued, another tab may have renewed, or the provider may have asked for rest.
    const held = family.tokens.get(key)
    if (held && (need.force ? held.sentAt.mono >= asked.mono : serves(held, need, sentAt))) return held
    const pause = family.coolDown.wait(key, sentAt).error
    if (pause) throw pause
    const { refreshToken } = family
    if (refreshToken === undefined) throw this.#withoutRefreshToken(held, sentAt)

    family.coolDown.sent(key, sentAt)
    this.events.emit({ type: 'renewal', key, renewal: 'running' })
    // Until its answer is here, whoever takes over from this tab must assume that the token is spent.
    this.#peers.publish({ ...family, history: { ...family.history, ambiguous: true } })
    try {
      const grant = await refresh(
        this.#env,
        this.#config,
        family.metadata,
        {
          refreshToken,
          previous: family.claims,
          requestedScope: need.scope ?? this.#config.scope,
          ...(need.scope !== undefined && { scope: need.scope }),
          ...(need.resource && { resource: need.resource }),
        },
        this.jwks,
      )
      if (this.#family !== family) {
        if (family.abandoned) this.revoke(family, grant.refreshToken)
        throw this.#gone()
      }
      return this.#commit(family, key, grant, sentAt)
    } catch (failure) {
      this.revoke(family, discardedRefreshToken(failure))
      if (this.#family !== family || !(failure instanceof AuthError)) throw failure
      throw this.#refused(family, key, failure, refreshToken)
    }
  }

  #commit(family: Family, key: string, grant: TokenGrant, sentAt: Instant): HeldToken {
    const token = hold(key, grant.response, sentAt)
    const user = JSON.stringify(userOf(family.claims))
    // New, same and omitted refresh tokens are all normal (RFC 6749 §6).
    family.refreshToken = grant.refreshToken ?? family.refreshToken
    family.idToken = grant.response.id_token ?? family.idToken
    family.claims = grant.claims ?? family.claims
    family.history = { ambiguous: false, refusals: 0 }
    family.revision++
    family.coolDown.succeeded(key)
    for (const [other, { lifetime, sentAt: at }] of family.tokens) {
      if (other && remaining({ lifetime, sentAt: at }, sentAt) <= 0) family.tokens.delete(other)
    }
    family.tokens.set(key, token)
    this.#peers.publish(family)
    this.events.emit({ type: 'token', token: issue(token, this.instant()) })
    this.events.emit({ type: 'renewal', key, renewal: 'idle' })
    if (JSON.stringify(userOf(family.claims)) !== user) this.#tell()
    return token
  }

  /** One failed refresh, judged: the session waits, one need is refused, or the session is over. */
  #refused(family: Family, key: string, failure: AuthError, spent: string): AuthError {
    // Another tab moved on while this answer was on its way: it has the token of which this was the old one.
    if (family.refreshToken !== spent) return failure
    const verdict = judge(failure, family.history)
    if (verdict.kind === 'terminal') {
      this.expire(verdict.reason)
      return this.#gone(failure)
    }
    if (verdict.kind === 'transient') {
      family.history = {
        ambiguous: family.history.ambiguous || verdict.ambiguous,
        refusals: family.history.refusals + (failure.code === 'refresh_refused' || failure.code === 'invalid_response' ? 1 : 0),
      }
      this.#peers.publish(family)
    }
    family.coolDown.failed(failure, this.instant(), this.#env.random(), verdict.kind === 'need' ? key : undefined)
    this.events.emit({ type: 'renewal', key, renewal: 'retrying', error: failure.toJSON() })
    return failure
  }

  /** Best effort, behind everything else (RFC 7009 §2.1). */
  revoke(family: Pick<Family, 'metadata'>, refreshToken: string | undefined): void {
    if (refreshToken === undefined) return
    revoke(this.#env, this.#config, family.metadata, refreshToken).catch(() => {
      // Nothing can be done: the provider keeps it until it expires.
    })
  }

  #abandon(family: Family): void {
    family.abandoned = true
    this.revoke(family, family.refreshToken)
  }

  #tell(): void {
    this.events.emit({ type: 'state', state: this.state() })
  }

  #withoutRefreshToken(held: HeldToken | undefined, now: Instant): AuthError {
    if (!held || remaining(held, now) > 0) {
      return new AuthError('no_refresh_token', {
        message:
          'The provider gave no refresh token. Ask for it: scope offline_access, offlineAccess: "consent", or the provider\'s client settings.',
      })
    }
    this.expire('no_refresh_token')
    return this.#gone()
  }

  #gone(cause?: AuthError): AuthError {
    const { status, reason } = this.#ended
    return status === 'expired'
      ? new AuthError('session_expired', {
          message: `The session ended (${reason}). Call signIn() to go on as the same user.`,
          status: cause?.status,
          error: cause?.error,
        })
      : new AuthError('signed_out', { message: 'Nobody is signed in. Call signIn() first.' })
  }
}

function later(error: AuthError, retryAfter: number): AuthError {
  return AuthError.from({ ...error.toJSON(), retryAfter })
}

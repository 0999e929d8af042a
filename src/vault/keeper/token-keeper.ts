import { AuthError } from '../../errors.ts'
import { checkResource } from '../../oauth/endpoint.ts'
import { remaining, type Instant } from '../../renewal/lifetime.ts'
import type { Emitter } from '../emitter.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import type { HeldToken } from '../held-token.ts'
import type { TokenNeed, VaultEvent } from '../vault.ts'
import type { NextAllowed } from './cool-down.ts'
import { CoolDownWaiters } from './cool-down-waiters.ts'
import type { CurrentFamily } from './current-family.ts'
import type { Family } from './family.ts'
import type { FamilyRefresh } from './family-refresh.ts'
import { satisfies } from '../issued-token.ts'
import { parseTokenNeed, type ParsedNeed } from './parse-token-need.ts'
import type { Peers } from './peers.ts'
import { tokenTooShortError } from '../token-errors.ts'
import { lateTokenError } from './keeper-errors.ts'

/** How long a caller without a valid token waits out failures before it is told of them. */
const RETRY_WINDOW_MS = 10_000

/**
 * The longest that a caller waits, also behind the slow answer of another need: a little more than one answer may
 * take. With a UserInfo request after it, less than `WORKER_REPLY_DEADLINE_MS`: a slow provider is no lost worker.
 */
const GET_TOKEN_DEADLINE_MS = 30_000

/** A token that was over, or nearly, when it came is asked for again this often. */
const MAX_LATE_ANSWERS = 2

interface TokenKeeperParts {
  env: VaultEnvironment
  events: Emitter<VaultEvent>
  current: CurrentFamily
  peers: Peers
  refresh: FamilyRefresh
}

/** One call of `getToken`, with what was so when it came. */
interface Call {
  need: ParsedNeed
  /** Whose token, by `sub`. */
  subject: string | undefined
  /** What was held then: any other is newer. */
  previous: HeldToken | undefined
  calledAt: Instant
  /** Aborted when the caller does not wait any more. */
  left: AbortSignal
}

/** The one engine in the browser that holds a refresh token and spends it once at a time. */
export class TokenKeeper {
  readonly #env: VaultEnvironment
  readonly #current: CurrentFamily
  readonly #peers: Peers
  readonly #refresh: FamilyRefresh
  readonly #waiters: CoolDownWaiters

  constructor({ env, events, current, peers, refresh }: TokenKeeperParts) {
    this.#env = env
    this.#current = current
    this.#peers = peers
    this.#refresh = refresh
    this.#waiters = new CoolDownWaiters(env)
    // Those who wait for a cool-down of a session that is over, or was replaced, look again.
    events.on(({ type }) => {
      if (type === 'state') this.#waiters.releaseAll()
    })
  }

  /**
   * A token that meets the need: the one at hand, or a new one. One request per need at a time, one after
   * another for one family; failures are waited out for a while, in step with all other callers.
   * @param caller aborted when the caller does not wait any more
   * @throws AuthError, TypeError
   */
  async getToken(argument: TokenNeed, caller = new AbortController()): Promise<HeldToken> {
    const call = this.#parse(argument, caller.signal)
    return new Promise((resolve, reject) => {
      const cancel = this.#env.timer(() => {
        // A request that was sent goes on, and its answer serves the next caller: only this one waits no longer.
        caller.abort()
        const token = this.#stillValid(call)
        if (token) resolve(token)
        else reject(lateTokenError())
      }, GET_TOKEN_DEADLINE_MS)
      this.#find(call).finally(cancel).then(resolve, reject)
    })
  }

  async #find(call: Call): Promise<HeldToken> {
    const { need, previous } = call
    const { minValidity } = need
    if (need.resumed) this.#resume()
    let lateAnswers = 0
    for (;;) {
      if (call.left.aborted) throw lateTokenError()
      const family = this.#current.family
      // Never another user's token, also for a caller who waited while users changed places.
      if (!family || family.subject !== call.subject) throw this.#current.noSessionError()
      const held = this.#atHand(family, call)
      if (held) return held
      const pause = this.#pause(family, call)
      if (pause > 0) {
        await this.#waiters.wait(pause)
        continue
      }
      try {
        const token = await this.#share(family, call)
        const open = this.#current.family === family
        if (token && open && !satisfies(token, need, instant(this.#env), previous)) {
          // The network is slow, or the device slept meanwhile.
          lateAnswers++
          if (lateAnswers > MAX_LATE_ANSWERS || token.lifetime <= minValidity) {
            throw tokenTooShortError(token, minValidity)
          }
        }
      } catch (error) {
        // Retry when a cool-down is set (transient) or the family was replaced; otherwise fail.
        if (this.#current.family === family && !this.#nextAllowed(family, need.key).error) {
          throw error
        }
      }
    }
  }

  #parse(argument: TokenNeed, left: AbortSignal): Call {
    const need = parseTokenNeed(argument)
    checkResource(need.resource)
    const family = this.#current.family
    return {
      need,
      subject: need.subject ?? family?.subject,
      previous: family?.contents.tokens.get(need.key),
      calledAt: instant(this.#env),
      left,
    }
  }

  /** The token at hand, for a caller who asked for it to be renewed ahead of time and cannot wait any more. */
  #stillValid({ need, subject }: Call): HeldToken | undefined {
    const family = this.#current.family
    if (!family || family.subject !== subject || need.forceRefresh) return undefined
    const held = family.contents.tokens.get(need.key)
    return held && remaining(held, instant(this.#env)) > need.minValidity ? held : undefined
  }

  /** The network or the device is back: callers wait no longer than the provider itself asked for. */
  #resume(): void {
    this.#current.family?.coolDown.resume(instant(this.#env))
    this.#waiters.releaseAll()
  }

  /** @throws AuthError where another would be as short */
  #atHand(family: Family, { need, previous }: Call): HeldToken | undefined {
    const now = instant(this.#env)
    const held = family.contents.tokens.get(need.key)
    if (!held || satisfies(held, need, now, previous)) return held
    if (remaining(held, now) > 0 && held.lifetime <= need.minValidity) {
      throw tokenTooShortError(held, need.minValidity)
    }
    return undefined
  }

  /** Milliseconds until a request may go. @throws AuthError where waiting is no use to this caller */
  #pause(family: Family, { need, calledAt }: Call): number {
    // A caller shares the request that is under way: the floor is between requests.
    if (family.requests.has(need.key)) return 0
    const { ms, error, refused } = this.#nextAllowed(family, need.key)
    const wakesAt = this.#env.monotonic() + ms
    // What was refused for its own scope or resource does not get better by waiting.
    if (error && (refused || need.proactive || wakesAt > calledAt.mono + RETRY_WINDOW_MS)) {
      throw AuthError.from({ ...error.toJSON(), retryAfter: ms })
    }
    return ms
  }

  #share(family: Family, call: Call): Promise<HeldToken | undefined> {
    const request = () => this.#peers.exclusive(() => this.#request(family, call))
    return family.requests.share(call.need.key, request, call.left)
  }

  /** @returns undefined where the caller should look again */
  async #request(family: Family, { need, previous }: Call): Promise<HeldToken | undefined> {
    const { key } = need
    if (this.#current.family !== family) throw this.#current.noSessionError()
    // While this one queued, another tab may have refreshed, or the provider may have asked for rest.
    const held = family.contents.tokens.get(key)
    if (held && satisfies(held, need, instant(this.#env), previous)) return held
    const { error } = this.#nextAllowed(family, key)
    if (error) throw error
    return this.#refresh.run(family, need)
  }

  #nextAllowed(family: Family, key: string): NextAllowed {
    return family.coolDown.nextAllowed(key, instant(this.#env))
  }
}

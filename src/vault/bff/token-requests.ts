import type { TokenRequestBody } from '../../bff-protocol.ts'
import { AuthError } from '../../errors.ts'
import { leadOf } from '../../renewal/schedule.ts'
import { normalizeNeed, type NormalNeed } from '../../renewal/token-need.ts'
import { BoundedMap } from '../bounded-map.ts'
import type { Emitter } from '../emitter.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import type { HeldToken } from '../held-token.ts'
import { satisfies, toHeldToken } from '../issued-token.ts'
import { anotherUserError, tokenTooShortError } from '../token-errors.ts'
import type { TokenNeed, VaultEvent } from '../vault.ts'
import type { BffSession } from './bff-session.ts'
import { misconfiguredError, requestBff, textOf, type BffAddress } from './request.ts'

/** Needs may be as many as an application can think of. */
const MAX_TOKENS = 100

export interface TokenRequestsParts {
  env: VaultEnvironment
  address: BffAddress
  events: Emitter<VaultEvent>
  session: BffSession
  /** What the backend refused can be asked again, after something was done about it. */
  recover(error: AuthError): Promise<boolean>
}

/** Access tokens of one session in mediated mode: the backend refreshes, the page holds what it is given while it is valid. */
export class TokenRequests {
  readonly #parts: TokenRequestsParts
  /** By need; the error for one that the backend keeps: by its settings, which do not change while it runs. */
  readonly #held = new BoundedMap<HeldToken | AuthError>(MAX_TOKENS)
  readonly #underWay = new Map<string, Promise<HeldToken>>()

  constructor(parts: TokenRequestsParts) {
    this.#parts = parts
  }

  /** Equal needs share a request. @throws AuthError @throws TypeError naming the member */
  async get(need: TokenNeed): Promise<HeldToken> {
    const { env, session } = this.#parts
    const { minValidity = 0, forceRefresh = false, proactive = false, subject } = need
    if (!(typeof minValidity === 'number' && minValidity >= 0)) {
      throw new TypeError('getAccessToken: `minValidity` must be milliseconds, 0 or more')
    }
    const normal = normalizeNeed(need)
    const { sub } = session.live(subject).claims
    const held = this.#held.get(normal.key)
    if (held instanceof AuthError) throw held
    const wanted = { minValidity, forceRefresh, proactive }
    if (held && satisfies(held, wanted, instant(env), held)) return held
    // What is asked for ahead of time is not the one at hand.
    const atLeast = proactive && held ? Math.max(leadOf(held.lifetime), minValidity) : minValidity
    const share = JSON.stringify([sub, normal.key, atLeast, forceRefresh])
    let asking = this.#underWay.get(share)
    if (!asking) {
      asking = this.#ask(sub, normal, { minValidity: atLeast, forceRefresh })
      asking = asking.finally(() => this.#underWay.delete(share))
      this.#underWay.set(share, asking)
    }
    const token = await asking
    if (!satisfies(token, { minValidity }, instant(env), undefined)) {
      throw tokenTooShortError(token, minValidity)
    }
    return token
  }

  async #ask(sub: string, need: NormalNeed, wanted: Wanted): Promise<HeldToken> {
    const { events, recover, session } = this.#parts
    const { key } = need
    const tell = (renewal: 'running' | 'idle' | 'retrying', error?: AuthError) =>
      events.emit({ type: 'renewal', key, renewal, ...(error && { error: error.toJSON() }) })
    tell('running')
    try {
      const again = async (error: AuthError): Promise<HeldToken> => {
        if (!(await recover(error))) throw error
        return this.#request(sub, need, wanted)
      }
      // Twice: another tab may have renewed the session before, and what it got is not what is wanted here.
      const token = await this.#request(sub, need, wanted).catch(again).catch(again)
      // Signed out, or another user, while the answer was on its way.
      session.live(sub)
      this.#held.set(key, token)
      tell('idle')
      return token
    } catch (given) {
      // A TypeError has nothing of it.
      const error = given as AuthError
      if (error.code === 'token_not_in_page') this.#held.set(key, error)
      if (error.recoverable) tell('retrying', error)
      else tell('idle')
      session.live(sub)
      throw error
    }
  }

  async #request(sub: string, need: NormalNeed, wanted: Wanted): Promise<HeldToken> {
    const { env, address, session } = this.#parts
    const { key, resource, scope } = need
    session.live(sub)
    const sentAt = instant(env)
    const { minValidity, forceRefresh } = wanted
    // JSON has no member that is undefined.
    const body: TokenRequestBody = {
      resource,
      scope,
      minValidity: Math.ceil(minValidity / 1000) || undefined,
      forceRefresh: forceRefresh || undefined,
    }
    const answer = await requestBff(address, '/token', body, session.name)
    const { sub: whose, accessToken, tokenType, expiresIn, scope: granted } = answer
    if (whose !== sub) throw anotherUserError()
    const isToken = textOf(accessToken) && typeof expiresIn === 'number' && expiresIn >= 0
    // RFC 6750: what a page can send as it is. Case does not matter (RFC 6749 §5.1).
    if (!isToken || !/^bearer$/i.test(String(tokenType))) {
      throw misconfiguredError(address.base + '/token', 'no Bearer token')
    }
    const response = {
      access_token: accessToken as string,
      token_type: 'Bearer',
      expires_in: expiresIn,
      ...(textOf(granted) && { scope: granted as string }),
    }
    return toHeldToken(sub, key, response, sentAt)
  }
}

interface Wanted {
  /** Milliseconds. */
  minValidity: number
  forceRefresh: boolean
}

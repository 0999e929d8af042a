import type { AuthError } from '../../errors.ts'
import type { TokenGrant } from '../../oauth/grant-result.ts'
import { remaining, type Instant } from '../../renewal/lifetime.ts'
import { refresh, type FailedRefresh } from '../../renewal/refresh.ts'
import { whileUnanswered } from '../../renewal/verdict.ts'
import type { Emitter } from '../emitter.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import type { HeldToken } from '../held-token.ts'
import { normalizeNeed, type NormalNeed } from '../../renewal/token-need.ts'
import { noRefreshTokenError } from './keeper-errors.ts'
import type { VaultConfig, VaultEvent } from '../vault.ts'
import type { CurrentFamily } from './current-family.ts'
import type { Family } from './family.ts'
import type { PartyOf } from './party-of.ts'
import type { Peers } from './peers.ts'
import type { Revocations } from './revocations.ts'

interface FamilyRefreshParts {
  env: VaultEnvironment
  config: VaultConfig
  partyOf: PartyOf
  events: Emitter<VaultEvent>
  current: CurrentFamily
  peers: Peers
  revocations: Revocations
}

/** Spends a family's refresh token once, and does what the outcome asks for. */
export class FamilyRefresh {
  readonly #parts: FamilyRefreshParts

  constructor(parts: FamilyRefreshParts) {
    this.#parts = parts
  }

  /**
   * @returns undefined where another tab moved on meanwhile, so that the refusal says nothing: look again
   * @throws AuthError
   */
  async run(family: Family, need: NormalNeed): Promise<HeldToken | undefined> {
    const { env, partyOf, events, peers } = this.#parts
    const { key } = need
    const sentAt = instant(env)
    const spent = family.contents.refreshToken
    if (spent === undefined) throw this.#cannotRefresh(family, key, sentAt)
    const request = this.#request(family, need, spent, sentAt)
    let retrying: AuthError | undefined
    family.coolDown.sent(key, sentAt)
    events.emit({ type: 'renewal', key, renewal: 'running' })
    // Until its answer is here, a tab that takes over from this one must assume that the token is spent. What other
    // tabs say meanwhile echoes that.
    peers.publish(family, whileUnanswered(request.history, request.narrowed))
    try {
      const outcome = await refresh(partyOf(family.origin), request)
      if (outcome.kind === 'refreshed') {
        return this.#commit(family, key, outcome.grant, sentAt, spent)
      }
      retrying = await this.#failed(family, key, outcome, spent)
      if (!retrying) return undefined
      if (outcome.kind === 'need' && outcome.doubtful) await this.#confirmSession(family)
      throw retrying
    } finally {
      events.emit({
        type: 'renewal',
        key,
        ...(retrying ? { renewal: 'retrying', error: retrying.toJSON() } : { renewal: 'idle' }),
      })
    }
  }

  /** The session ends with its last token where nothing can renew it. */
  #cannotRefresh(family: Family, key: string, now: Instant): AuthError {
    const { current } = this.#parts
    const error = noRefreshTokenError()
    const held = family.contents.tokens.get(key)
    if (!held || remaining(held, now) > 0) return error
    current.expire({ reason: 'no_refresh_token', error: error.toJSON() })
    return current.noSessionError()
  }

  /**
   * A need was refused as if the refresh token were invalid: the session's own request, where one may go, says whether
   * it is. @throws AuthError where the session is over
   */
  async #confirmSession(family: Family): Promise<void> {
    const { env, current } = this.#parts
    const mayAsk = family.coolDown.nextAllowed('', instant(env)).ms === 0
    if (family.contents.refreshToken === undefined || !mayAsk) return
    await this.run(family, normalizeNeed()).catch(() => {
      // What it came to is the session's: looked at below.
    })
    if (current.family !== family) throw current.noSessionError()
  }

  #request({ contents, latestRequestAt }: Family, need: NormalNeed, spent: string, now: Instant) {
    const { config } = this.#parts
    const granted = contents.tokens.get('')?.response.scope ?? config.scope
    return {
      refreshToken: spent,
      previous: contents.claims,
      sincePreviousMs: now.mono - latestRequestAt,
      history: contents.history,
      narrowed: need.key !== '',
      // What was granted before is what is asked for (RFC 6749 §6).
      requestedScope: need.scope ?? granted,
      scope: need.scope,
      // The session's own token is for the first: few providers take several in one token request.
      resource: need.resource ?? config.resource?.slice(0, 1),
    }
  }

  #commit(
    family: Family,
    key: string,
    grant: TokenGrant,
    sentAt: Instant,
    spent: string,
  ): HeldToken {
    const { current, events } = this.#parts
    if (current.family !== family) {
      current.revokeLate(family, grant.refreshToken)
      throw current.noSessionError()
    }
    const { claims } = family.contents
    const token = family.commit(key, grant, sentAt, spent)
    for (const error of grant.notes ?? []) events.emit({ type: 'note', error: error.toJSON() })
    current.refreshed(family, token, claims)
    return token
  }

  /**
   * @returns the error that a later try may clear; undefined where another tab moved on
   * @throws AuthError that no other try will clear
   */
  async #failed(
    family: Family,
    key: string,
    outcome: FailedRefresh,
    spent: string,
  ): Promise<AuthError | undefined> {
    const { env, current, peers, revocations } = this.#parts
    const { kind, error, newest, discarded } = outcome
    revocations.revokeNow(family.origin, discarded)
    // An answer that was refused for its form told the newest refresh token all the same.
    if (current.family === family) family.rotate(newest, spent)
    else current.revokeLate(family, newest)
    if (kind === 'terminal') await peers.requestLatest()
    if (current.family !== family) throw current.noSessionError()
    // Where another tab moved on, what was refused is the token before its own (T-17).
    if (family.contents.refreshToken !== (newest ?? spent)) return undefined
    if (kind === 'terminal') {
      current.expire({ reason: outcome.reason, error: error.toJSON() })
      throw current.noSessionError()
    }
    const { history } = outcome
    const lost = kind === 'transient' && outcome.lost
    family.remember(lost ? whileUnanswered(history, key !== '') : history)
    family.coolDown.failed(key, error, instant(env), env.random(), kind === 'need')
    // Also where nothing changed: the other tabs need not take the refresh token for spent any more.
    peers.publish(family)
    return error
  }
}

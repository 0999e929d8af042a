import type { AuthError } from '../../errors.ts'
import type { TokenGrant } from '../../oauth/grant-result.ts'
import type { Instant } from '../../renewal/lifetime.ts'
import { refresh, type FailedRefresh, type Refresh } from '../../renewal/refresh.ts'
import type { ExpiryReason } from '../../renewal/expiry-reason.ts'
import { CLEAN_HISTORY } from '../../renewal/verdict.ts'
import type { Emitter } from '../emitter.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import type { HeldToken } from '../held-token.ts'
import { normalizeNeed, type NormalNeed } from '../../renewal/token-need.ts'
import type { VaultConfig, VaultEvent } from '../vault.ts'
import type { CurrentFamily } from './current-family.ts'
import type { Family, KnownOfToken } from './family.ts'
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
   * @param spent the family's refresh token
   * @returns undefined where another tab moved on meanwhile, so that the refusal says nothing: look again
   * @throws AuthError
   */
  async run(family: Family, need: NormalNeed, spent: string): Promise<HeldToken | undefined> {
    const { env, partyOf, events, peers, revocations } = this.#parts
    const { key } = need
    const sentAt = instant(env)
    // What other tabs say meanwhile echoes this very request.
    const before = family.contents
    let retrying: AuthError | undefined
    family.coolDown.sent(key, sentAt)
    events.emit({ type: 'renewal', key, renewal: 'running' })
    // Until its answer is here, a tab that takes over from this one must assume that the token is spent.
    peers.publish(family, lostAnswer(family, key))
    try {
      const outcome = await refresh(
        partyOf(family.origin),
        this.#request(family, need, spent, sentAt),
      )
      if (outcome.kind === 'refreshed') {
        return this.#commit(family, key, outcome.grant, sentAt, spent)
      }
      revocations.revokeNow(family.origin, outcome.discarded)
      this.#rotate(family, outcome.newest, spent)
      if (await this.#overtaken(family, outcome, spent)) return undefined
      retrying = this.#failed(family, key, outcome, before)
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

  /**
   * A need was refused as if the refresh token were invalid: the session's own request, where one may go, says whether
   * it is. @throws AuthError where the session is over
   */
  async #confirmSession(family: Family): Promise<void> {
    const { env, current } = this.#parts
    const { refreshToken } = family.contents
    const mayAsk = family.coolDown.nextAllowed('', instant(env)).ms === 0
    if (refreshToken === undefined || !mayAsk) return
    await this.run(family, normalizeNeed(), refreshToken).catch(() => {
      // What it came to is the session's: looked at below.
    })
    if (current.family !== family) throw current.noSessionError()
  }

  #request(family: Family, need: NormalNeed, spent: string, sentAt: Instant): Refresh {
    const { config } = this.#parts
    const { contents } = family
    const granted = contents.tokens.get('')?.response.scope ?? config.scope
    return {
      refreshToken: spent,
      previous: contents.claims,
      sincePreviousMs: sentAt.mono - family.latestRequestAt,
      // What other needs' requests came to says nothing of the session, and nothing else of them.
      history: need.key === '' ? contents.history : CLEAN_HISTORY,
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

  /** An answer that was refused for its form told the newest refresh token all the same. */
  #rotate(family: Family, newest: string | undefined, spent: string): void {
    const { current } = this.#parts
    if (newest === undefined) return
    if (current.family === family) family.rotate(newest, spent)
    else current.revokeLate(family, newest)
  }

  /** Whether another tab moved on: then what was refused is the token before its own (T-17). */
  async #overtaken(family: Family, outcome: FailedRefresh, spent: string): Promise<boolean> {
    const { current, peers } = this.#parts
    if (outcome.kind === 'terminal') await peers.requestLatest()
    if (current.family !== family) throw current.noSessionError()
    return family.contents.refreshToken !== (outcome.newest ?? spent)
  }

  /** @returns the error that a later try may clear. @throws AuthError that no other try will */
  #failed(family: Family, key: string, outcome: FailedRefresh, before: KnownOfToken): AuthError {
    const { env, current, peers } = this.#parts
    const { error } = outcome
    if (outcome.kind === 'terminal') {
      current.expire({ reason: endReason(before, outcome.reason), error: error.toJSON() })
      throw current.noSessionError()
    }
    if (outcome.kind === 'transient') {
      family.remember(knownAfter(before, key, outcome))
      family.coolDown.failed(key, error, instant(env), env.random())
    } else {
      family.coolDown.refused(key, error, instant(env), env.random())
    }
    // Also where nothing changed: the other tabs need not take the refresh token for spent any more.
    peers.publish(family)
    return error
  }
}

/** Only the session's own request writes the history that may end the session. */
function knownAfter(
  before: KnownOfToken,
  key: string,
  { history, newest, error }: Extract<FailedRefresh, { kind: 'transient' }>,
): KnownOfToken {
  if (key === '') return { history, maybeSpent: before.maybeSpent }
  // As for the session's own: 429 and 408 say that nothing was done.
  const wasLost = newest === undefined && error.status !== 429 && error.status !== 408
  return { history: before.history, maybeSpent: before.maybeSpent || wasLost }
}

function lostAnswer({ contents }: Family, key: string): KnownOfToken {
  return key === ''
    ? { ...contents, history: { ...contents.history, ambiguous: true } }
    : { ...contents, maybeSpent: true }
}

/** Where any answer was lost before, the token that is refused as invalid was the spent one (RFC 9700 §4.14.2). */
function endReason({ maybeSpent, history }: KnownOfToken, reason: ExpiryReason): ExpiryReason {
  return reason === 'invalid_grant' && (maybeSpent || history.ambiguous) ? 'answer_lost' : reason
}

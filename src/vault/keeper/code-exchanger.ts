import { AuthError } from '../../errors.ts'
import { exchangeCode, type SignInGrant } from '../../oauth/code-grant.ts'
import { checkMetadata } from '../../oauth/metadata.ts'
import type { RelyingParty } from '../../oauth/relying-party.ts'
import type { ServerMetadata, SignInTransaction } from '../../oauth/types.ts'
import { fetchUserInfo } from '../../oauth/userinfo.ts'
import type { Announcements } from '../announcements.ts'
import type { ClaimOnce } from '../claim-once.ts'
import type { Emitter } from '../emitter.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import type { CodeResponse, VaultConfig, VaultEvent } from '../vault.ts'
import type { CurrentFamily } from './current-family.ts'
import { Family } from './family.ts'
import type { PartyOf } from './party-of.ts'
import type { ProviderMetadata } from './provider-metadata.ts'
import type { Revocations } from './revocations.ts'
import { withUserInfo } from './user-claims.ts'

/** A page waits for its sign-in: with the token request before it, less than `WORKER_REPLY_DEADLINE_MS`. */
const USER_INFO_DEADLINE_MS = 5000

interface CodeExchangerParts {
  env: VaultEnvironment
  config: VaultConfig
  partyOf: PartyOf
  events: Emitter<VaultEvent>
  provider: ProviderMetadata
  current: CurrentFamily
  revocations: Revocations
  announcements: Announcements
  claimOnce: ClaimOnce
}

/** From an authorization code to an open family, unless something else has won meanwhile. */
export class CodeExchanger {
  readonly #parts: CodeExchangerParts

  constructor(parts: CodeExchangerParts) {
    this.#parts = parts
  }

  /** @throws AuthError and leaves an open family as it was. */
  async exchange(response: CodeResponse): Promise<void> {
    const { env, partyOf, current, revocations, announcements } = this.#parts
    const { transaction } = response
    const { signOuts } = current
    await this.#claim(transaction.state)
    const metadata = this.#endpoints(transaction)
    const sentAt = instant(env)
    const party = partyOf({ metadata })
    const result = await exchangeCode(party, transaction, response)
    const refuse = (error: AuthError, refreshToken: string | undefined): never => {
      revocations.revokeNow({ metadata }, refreshToken)
      throw error
    }
    if (!result.ok) return refuse(result.error, result.refreshToken)
    const grant = await this.#withUserInfo(party, result.grant)
    const refusal =
      signOuts === current.signOuts
        ? this.#refusal(response, grant, metadata)
        : new AuthError('signed_out', { message: 'Signed out meanwhile. Begin it again.' })
    if (refusal) refuse(refusal, grant.refreshToken)
    const open = current.family
    if (open?.keepsRefreshToken(grant)) {
      open.signedInAgain(grant, sentAt)
      current.signedInAgain(open)
    } else {
      const origin = { id: transaction.state, metadata, clockOffset: grant.offset }
      current.begin(Family.signedIn(origin, grant, sentAt))
    }
    announcements.announce({ type: 'signed-in', sub: grant.claims.sub })
  }

  /** With what UserInfo says of the user, where the application asks for it. Without it the sign-in is one all the same. */
  async #withUserInfo(party: RelyingParty, grant: SignInGrant): Promise<SignInGrant> {
    if (!this.#parts.config.userInfo) return grant
    const { response, claims } = grant
    try {
      const { context } = party
      const deadline = (ms: number) => context.deadline(Math.min(ms, USER_INFO_DEADLINE_MS))
      const inTime = { ...party, context: { ...context, deadline } }
      const userInfo = await fetchUserInfo(inTime, response.access_token, claims.sub)
      return { ...grant, claims: withUserInfo(claims, userInfo) }
    } catch (error) {
      if (!(error instanceof AuthError)) throw error
      this.#parts.events.emit({ type: 'note', error: error.toJSON() })
      return grant
    }
  }

  /** One response is taken once per origin, also by a tab that `window.open` made with a copy of the storage. */
  async #claim(state: string): Promise<void> {
    if (await this.#parts.claimOnce(state)) return
    throw new AuthError('state_mismatch', {
      message: 'This response was used already. Begin it again.',
    })
  }

  /**
   * The endpoints a new family is bound to: our own where we know them. The transaction's word, which any
   * script of the page can write, counts only where no session can be moved by it.
   */
  #endpoints(transaction: SignInTransaction): ServerMetadata {
    const { config, provider, current } = this.#parts
    return (
      provider.known ??
      current.family?.origin.metadata ??
      // For this one exchange: remembered, it would speak for the next user's.
      checkMetadata(config.issuer, transaction.metadata)
    )
  }

  /** Why a grant must not take the place of the open family. */
  #refusal(
    { transaction, replaces }: CodeResponse,
    grant: SignInGrant,
    metadata: ServerMetadata,
  ): AuthError | undefined {
    const open = this.#parts.current.family
    if (!open) return undefined
    if (open.subject !== grant.claims.sub && open.subject !== replaces) {
      return new AuthError('user_mismatch', {
        message: 'Another user is signed in: sign out first.',
      })
    }
    // A sign-in went through while endpoints that only the page vouches for were asked.
    if (JSON.stringify(this.#endpoints(transaction)) !== JSON.stringify(metadata)) {
      return new AuthError('user_mismatch', {
        message: 'Signed in elsewhere meanwhile. Begin it again.',
      })
    }
    return undefined
  }
}

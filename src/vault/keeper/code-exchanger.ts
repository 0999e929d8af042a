import { AuthError } from '../../errors.ts'
import { exchangeCode, type SignInGrant } from '../../oauth/code-grant.ts'
import { checkMetadata } from '../../oauth/metadata.ts'
import type { ServerMetadata, SignInTransaction } from '../../oauth/types.ts'
import type { Announcements } from '../announcements.ts'
import type { ClaimOnce } from '../claim-once.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import type { CodeResponse, VaultConfig } from '../vault.ts'
import type { CurrentFamily } from './current-family.ts'
import { Family } from './family.ts'
import type { PartyOf } from './party-of.ts'
import type { ProviderMetadata } from './provider-metadata.ts'
import type { Revocations } from './revocations.ts'

interface CodeExchangerParts {
  env: VaultEnvironment
  config: VaultConfig
  partyOf: PartyOf
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
    const { code, transaction } = response
    const { signOuts } = current
    await this.#claim(transaction.state)
    const metadata = this.#endpoints(transaction)
    const sentAt = instant(env)
    const result = await exchangeCode(partyOf({ metadata }), transaction, code)
    if (!result.ok) {
      revocations.revokeNow({ metadata }, result.refreshToken)
      throw result.error
    }
    const { grant } = result
    const refusal =
      signOuts === current.signOuts
        ? this.#refusal(response, grant, metadata)
        : new AuthError('signed_out', { message: 'Signed out meanwhile. Begin it again.' })
    if (refusal) {
      revocations.revokeNow({ metadata }, grant.refreshToken)
      throw refusal
    }
    const origin = { id: transaction.state, metadata, clockOffset: grant.offset }
    current.begin(Family.signedIn(origin, grant, sentAt))
    announcements.announce({ type: 'signed-in', sub: grant.claims.sub })
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
        message: 'Another user is signed in. Sign out first, then sign in.',
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

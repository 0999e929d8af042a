import { exchangeCode } from '../../oauth/code-grant.ts'
import { endSessionUrl } from '../../oauth/end-session.ts'
import { AuthError } from '../../errors.ts'
import { getKeys } from '../../oauth/jwks.ts'
import { checkMetadata, discover } from '../../oauth/metadata.ts'
import type { RelyingParty } from '../../oauth/relying-party.ts'
import type { ServerMetadata, SignInTransaction } from '../../oauth/types.ts'
import { fetchUserInfo } from '../../oauth/userinfo.ts'
import { elapsed, type Instant } from '../../renewal/lifetime.ts'
import type { Announcements } from '../announcements.ts'
import { remember } from './bounded-map.ts'
import { startFamily } from './family.ts'
import { hold, issue } from './issued-token.ts'
import type { TokenKeeper } from './token-keeper.ts'
import type { Peers } from './peers.ts'
import type {
  Authorization,
  BrowserVault,
  CodeResponse,
  EndedSession,
  EndSession,
  IssuedToken,
  TokenNeed,
  ProtectedRequest,
  VaultConfig,
  VaultEvent,
  VaultState,
} from '../vault.ts'
import type { VaultEnvironment } from '../environment.ts'

/** What a vault may need around the keeper; the worker needs none of it. */
export interface LocalVaultOptions {
  announcements?: Announcements
  peers?: Peers
  /** Takes a `state` for this tab, once per origin. */
  claim?: (state: string) => Promise<boolean>
}

/** As long as a page keeps one in its storage (ms). */
const TRANSACTION_LIFETIME = 10 * 60_000

/** A vault in this thread: the whole of it in the worker, behind a port; in the page where there is no worker. */
export class LocalVault implements BrowserVault {
  readonly #env: VaultEnvironment
  readonly #config: VaultConfig
  readonly #keeper: TokenKeeper
  readonly #options: LocalVaultOptions
  readonly #claimed = new Set<string>()
  readonly #kept = new Map<string, { transaction: SignInTransaction; at: Instant }>()
  #discovery: Promise<ServerMetadata> | undefined
  #metadata: ServerMetadata | undefined
  /** Counts sign-outs: one during a code exchange wins over it. */
  #signOuts = 0

  constructor(
    env: VaultEnvironment,
    config: VaultConfig,
    keeper: TokenKeeper,
    options: LocalVaultOptions = {},
  ) {
    this.#env = env
    this.#config = config
    this.#keeper = keeper
    this.#options = options
    this.#metadata = config.metadata
    options.announcements?.listen((announcement) => {
      const family = keeper.family
      if (announcement.type === 'signed-out') this.#signOut('signed_out_elsewhere')
      else if (family && family.claims.sub !== announcement.sub) this.#signOut('user_changed')
    })
  }

  async open(): Promise<VaultState> {
    return this.#keeper.state()
  }

  async discover(): Promise<ServerMetadata> {
    if (this.#metadata) return this.#metadata
    this.#discovery ??= discover(this.#env, this.#config.issuer)
    try {
      this.#metadata = await this.#discovery
    } finally {
      this.#discovery = undefined
    }
    // While the user is at the provider: the way back then waits for one request.
    if (this.#config.verification !== 'tls') {
      getKeys(this.#party(this.#metadata)).catch(() => {})
    }
    return this.#metadata
  }

  async keepTransaction(transaction: SignInTransaction): Promise<void> {
    remember(this.#kept, transaction.state, { transaction, at: this.#keeper.instant() })
  }

  async takeTransaction(state: string): Promise<SignInTransaction | undefined> {
    const kept = this.#kept.get(state)
    this.#kept.delete(state)
    return kept && elapsed(kept.at, this.#keeper.instant()) < TRANSACTION_LIFETIME
      ? kept.transaction
      : undefined
  }

  async exchangeCode({ code, transaction, replaces }: CodeResponse): Promise<VaultState> {
    const signOuts = this.#signOuts
    await this.#claim(transaction.state)
    const metadata = this.#endpoints(transaction)
    const sentAt = this.#keeper.instant()
    const result = await exchangeCode(this.#party(metadata), transaction, code)
    if (!result.ok) {
      this.#keeper.revocations.now({ metadata }, result.refreshToken)
      throw result.error
    }
    const { grant } = result
    const live = this.#keeper.family
    const refuse = (code: 'signed_out' | 'user_mismatch', message: string) => {
      this.#keeper.revocations.now({ metadata }, grant.refreshToken)
      return new AuthError(code, { message })
    }
    if (signOuts !== this.#signOuts) {
      throw refuse('signed_out', 'Signed out meanwhile. Begin it again.')
    }
    if (live && live.claims.sub !== grant.claims.sub && live.claims.sub !== replaces) {
      throw refuse('user_mismatch', 'Another user is signed in. Sign out first, then sign in.')
    }
    // Somebody signed in while endpoints that only the page vouches for were asked.
    if (live && JSON.stringify(this.#endpoints(transaction)) !== JSON.stringify(metadata)) {
      throw refuse('user_mismatch', 'Signed in elsewhere meanwhile. Begin it again.')
    }
    const family = startFamily({
      id: transaction.state,
      metadata,
      offset: grant.offset,
      refreshToken: grant.refreshToken,
      idToken: grant.response.id_token,
      claims: grant.claims,
      tokens: [hold(grant.claims.sub, '', grant.response, sentAt)],
    })
    this.#keeper.begin(family)
    this.#options.peers?.publish(family)
    this.#options.announcements?.announce({ type: 'signed-in', sub: grant.claims.sub })
    return this.#keeper.state()
  }

  async getToken(need: TokenNeed): Promise<IssuedToken> {
    return issue(await this.#keeper.getToken(need), this.#keeper.instant())
  }

  async authorize({ need = {} }: ProtectedRequest): Promise<Authorization> {
    const { response } = await this.#keeper.getToken(need)
    // RFC 6750 §2.1: in the header, never in the URL or the body.
    return { headers: { authorization: `Bearer ${response.access_token}` } }
  }

  async userInfo(user?: string): Promise<Record<string, unknown>> {
    const { response } = await this.#keeper.getToken({ subject: user })
    const family = this.#keeper.family
    if (!family) throw new AuthError('signed_out', { message: 'Nobody is signed in.' })
    return fetchUserInfo(
      this.#party(family.metadata),
      response.access_token,
      user ?? family.claims.sub,
    )
  }

  async endSession({ provider, postLogoutRedirectUri }: EndSession): Promise<EndedSession> {
    const family = this.#keeper.family ?? this.#keeper.expired
    this.#options.announcements?.announce({ type: 'signed-out' })
    this.#signOut('signed_out')
    const metadata = family?.metadata ?? this.#metadata
    const url =
      provider && metadata
        ? endSessionUrl(this.#party(metadata), {
            ...(family?.idToken !== undefined && { idTokenHint: family.idToken }),
            ...(postLogoutRedirectUri !== undefined && { postLogoutRedirectUri }),
          })
        : undefined
    return url === undefined ? {} : { url }
  }

  observe(listener: (event: VaultEvent) => void): () => void {
    return this.#keeper.events.on(listener)
  }

  leave(): void {}

  close(): void {
    this.#options.announcements?.close()
  }

  #party(metadata: ServerMetadata): RelyingParty {
    return { context: this.#env, client: this.#config, metadata, keys: this.#keeper.jwks }
  }

  #signOut(reason: 'signed_out' | 'signed_out_elsewhere' | 'user_changed'): void {
    this.#signOuts++
    this.#kept.clear()
    this.#keeper.end(reason)
  }

  /** One response is taken once per origin, also by a tab that `window.open` made with a copy of the storage. */
  async #claim(state: string): Promise<void> {
    const taken = this.#claimed.has(state)
    // Before anything is waited for: the next to ask may come in the same moment.
    this.#claimed.add(state)
    if (taken || (await this.#options.claim?.(state)) === false) {
      throw new AuthError('state_mismatch', {
        message: 'This response was used already. Begin it again.',
      })
    }
  }

  /**
   * The endpoints a new family is bound to: our own where we know them. The transaction's word, which any
   * script of the page can write, counts only where no session can be moved by it.
   */
  #endpoints(transaction: SignInTransaction): ServerMetadata {
    return (
      this.#metadata ??
      this.#keeper.family?.metadata ??
      // For this one exchange: kept, it would speak for the next user's.
      checkMetadata(this.#config.issuer, transaction.metadata)
    )
  }
}

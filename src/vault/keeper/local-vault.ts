import { checkEndSessionParameters, endSessionUrl } from '../../oauth/end-session.ts'
import type { ServerMetadata } from '../../oauth/types.ts'
import { fetchUserInfo } from '../../oauth/userinfo.ts'
import { announcements as openAnnouncements, type Announcements } from '../announcements.ts'
import type { ClaimOnce } from '../claim-once.ts'
import { Emitter } from '../emitter.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import type { HeldToken } from '../held-token.ts'
import type {
  Authorization,
  BrowserVault,
  CodeResponse,
  EndedSession,
  EndSession,
  IssuedToken,
  KeptTransaction,
  ProtectedRequest,
  TokenNeed,
  UserClaims,
  VaultConfig,
  VaultEvent,
  VaultState,
} from '../vault.ts'
import { CodeExchanger } from './code-exchanger.ts'
import { CurrentFamily } from './current-family.ts'
import type { Family } from './family.ts'
import { FamilyRefresh } from './family-refresh.ts'
import { KeptTransactions } from './kept-transactions.ts'
import { createPartyOf, type PartyOf } from './party-of.ts'
import { NO_PEERS, type Peers } from './peers.ts'
import { ProviderMetadata } from './provider-metadata.ts'
import { Revocations } from './revocations.ts'
import { TokenKeeper } from './token-keeper.ts'

/** A sign-out waits so long for the provider's end-session endpoint, where it is not known: less than its caller. */
const END_SESSION_DISCOVERY_MS = 3000

export interface LocalVaultOptions {
  /** Takes an authorization response for this thread, or finds it taken. */
  claimOnce: ClaimOnce
  /** Settles when what was said to this thread while it stood still was heard. Default: it never stands still. */
  heardAll?: () => Promise<void>
  /** Default: none, this thread is the one holder. */
  peers?: Peers
}

/** A vault in this thread: the whole of it in the worker, behind a port; in the page where there is no worker. */
export class LocalVault implements BrowserVault {
  readonly #peers: Peers
  readonly #heardAll: () => Promise<void>
  readonly #events = new Emitter<VaultEvent>()
  readonly #partyOf: PartyOf
  readonly #announcements: Announcements
  readonly #provider: ProviderMetadata
  readonly #transactions: KeptTransactions
  readonly #current: CurrentFamily
  readonly #keeper: TokenKeeper
  readonly #exchanger: CodeExchanger
  readonly #ownListeners: number
  #exchanges = 0

  /** Makes its parts, each with what it uses. @param config as `parseVaultConfig` returned it */
  constructor(
    env: VaultEnvironment,
    config: VaultConfig,
    { claimOnce, heardAll = async () => {}, peers = NO_PEERS }: LocalVaultOptions,
  ) {
    const events = this.#events
    const partyOf = createPartyOf(env, config)
    const revocations = new Revocations(env, partyOf)
    const announcements = openAnnouncements(env, config.issuer, config.clientId)
    const provider = new ProviderMetadata(env, config, partyOf)
    const current = new CurrentFamily({ env, events, revocations, peers })
    const shared = { env, config, partyOf, events, current, peers, revocations }
    const refresh = new FamilyRefresh(shared)
    this.#peers = peers
    this.#heardAll = heardAll
    this.#partyOf = partyOf
    this.#announcements = announcements
    this.#provider = provider
    this.#transactions = new KeptTransactions(() => instant(env))
    this.#current = current
    this.#keeper = new TokenKeeper({ ...shared, refresh })
    this.#exchanger = new CodeExchanger({ ...shared, provider, announcements, claimOnce })
    this.#ownListeners = events.size
    peers.join(current)
    announcements.listen((announcement) => {
      if (announcement.type === 'signed-out') return this.#signOut('signed_out_elsewhere')
      // Also of a session that expired: whose user was to go on here.
      const { claims } = current.state() as { claims?: UserClaims }
      if (claims && claims.sub !== announcement.sub) this.#signOut('user_changed')
    })
  }

  async open(): Promise<VaultState> {
    await this.#heardAll()
    await this.#peers.restored()
    return this.#current.state()
  }

  discover(): Promise<ServerMetadata> {
    return this.#provider.discover()
  }

  async keepTransaction(transaction: KeptTransaction): Promise<void> {
    this.#transactions.keep(transaction)
  }

  async takeTransaction(state: string): Promise<KeptTransaction | undefined> {
    return this.#transactions.take(state)
  }

  async idTokenHint(): Promise<string | undefined> {
    return this.#current.toEnd()?.idToken
  }

  async exchangeCode(response: CodeResponse): Promise<VaultState> {
    this.#exchanges++
    try {
      // Whose session is here decides whether this sign-in may take its place.
      await this.#peers.restored()
      await this.#exchanger.exchange(response)
    } finally {
      this.#exchanges--
    }
    return this.#current.state()
  }

  /** @param call aborted when the caller does not wait any more */
  getToken(need: TokenNeed, call?: AbortController): Promise<IssuedToken> {
    return this.#answer(need, call, (token) => this.#current.issue(token))
  }

  authorize({ need = {} }: ProtectedRequest, call?: AbortController): Promise<Authorization> {
    // RFC 6750 §2.1: in the header, never in the URL or the body.
    return this.#answer(need, call, ({ response }) => ({
      headers: { authorization: `Bearer ${response.access_token}` },
    }))
  }

  userInfo(subject?: string, call?: AbortController): Promise<Record<string, unknown>> {
    return this.#answer({ subject }, call, (token, { origin }) =>
      fetchUserInfo(this.#partyOf(origin), token.response.access_token, token.subject),
    )
  }

  async endSession({ provider, by, ...parameters }: EndSession): Promise<EndedSession> {
    // A caller's mistake ends nothing.
    checkEndSessionParameters(parameters.parameters ?? {})
    const ended = this.#current.toEnd()
    this.#announcements.announce({ type: 'signed-out', by })
    this.#signOut('signed_out')
    await this.#peers.forgotten()
    if (!provider) return {}
    const metadata =
      ended?.metadata ?? (await this.#provider.discoverWithin(END_SESSION_DISCOVERY_MS))
    if (!metadata) return {}
    const url = endSessionUrl(this.#partyOf({ metadata }), {
      ...parameters,
      idTokenHint: ended?.idToken,
    })
    return url === undefined ? {} : { url }
  }

  /** Neither a session nor a sign-in is lost with it. */
  get isIdle(): boolean {
    return !this.#current.family && this.#exchanges === 0
  }

  get isObserved(): boolean {
    return this.#events.size > this.#ownListeners
  }

  observe(listener: (event: VaultEvent) => void): () => void {
    return this.#events.on(listener)
  }

  leave(): void {}

  close(): void {
    this.#announcements.close()
    this.#peers.close()
  }

  /**
   * The one way out for what belongs to a session: while an answer is made, and while promises are on their way, the
   * session may end or become another user's. It is looked at once more as the answer goes out.
   */
  async #answer<T>(
    need: TokenNeed,
    call: AbortController | undefined,
    make: (token: HeldToken, family: Family) => T | Promise<T>,
  ): Promise<T> {
    const current = this.#current
    let token = await this.#keeper.getToken(need, call)
    if (!current.holds(token)) {
      const again = { ...need, subject: token.subject, forceRefresh: false }
      token = await this.#keeper.getToken(again, call)
    }
    const { family } = current
    if (!family) throw current.noSessionError()
    // The same user may sign in again meanwhile: the answer is still about them.
    const isOpen = () => current.family?.subject === token.subject
    try {
      const answer = await make(token, family)
      if (isOpen()) return answer
    } catch (error) {
      if (isOpen()) throw error
    }
    throw current.noSessionError()
  }

  #signOut(reason: 'signed_out' | 'signed_out_elsewhere' | 'user_changed'): void {
    this.#transactions.clear()
    this.#current.end(reason)
  }
}

import { checkEndSessionParameters, endSessionUrl } from '../../oauth/end-session.ts'
import type { ServerMetadata } from '../../oauth/types.ts'
import { fetchUserInfo } from '../../oauth/userinfo.ts'
import type { Announcements } from '../announcements.ts'
import type { Emitter } from '../emitter.ts'
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
  VaultEvent,
  VaultState,
} from '../vault.ts'
import type { CodeExchanger } from './code-exchanger.ts'
import type { CurrentFamily } from './current-family.ts'
import type { Family } from './family.ts'
import { serialize } from '../issued-token.ts'
import type { KeptTransactions } from './kept-transactions.ts'
import type { PartyOf } from './party-of.ts'
import type { Peers } from './peers.ts'
import type { ProviderMetadata } from './provider-metadata.ts'
import type { TokenKeeper } from './token-keeper.ts'

/** A sign-out waits so long for the provider's end-session endpoint, where it is not known: less than its caller. */
const END_SESSION_DISCOVERY_MS = 3000

export interface LocalVaultParts {
  env: VaultEnvironment
  partyOf: PartyOf
  events: Emitter<VaultEvent>
  current: CurrentFamily
  keeper: TokenKeeper
  provider: ProviderMetadata
  exchanger: CodeExchanger
  transactions: KeptTransactions
  announcements: Announcements
  peers: Peers
  /** Settles when what was said to this thread while it stood still was heard. */
  heardAll(): Promise<void>
}

/** A vault in this thread: the whole of it in the worker, behind a port; in the page where there is no worker. */
export class LocalVault implements BrowserVault {
  readonly #parts: LocalVaultParts
  readonly #ownListeners: number
  #exchanges = 0

  constructor(parts: LocalVaultParts) {
    this.#parts = parts
    this.#ownListeners = parts.events.size
    const { announcements, current } = parts
    announcements.listen((announcement) => {
      if (announcement.type === 'signed-out') this.#signOut('signed_out_elsewhere')
      else if (current.family && current.family.subject !== announcement.sub) {
        this.#signOut('user_changed')
      }
    })
  }

  async open(): Promise<VaultState> {
    await this.#parts.heardAll()
    await this.#parts.peers.restored()
    return this.#parts.current.state()
  }

  discover(): Promise<ServerMetadata> {
    return this.#parts.provider.discover()
  }

  async keepTransaction(transaction: KeptTransaction): Promise<void> {
    this.#parts.transactions.keep(transaction)
  }

  async takeTransaction(state: string): Promise<KeptTransaction | undefined> {
    return this.#parts.transactions.take(state)
  }

  async idTokenHint(): Promise<string | undefined> {
    return this.#parts.current.toEnd()?.idToken
  }

  async exchangeCode(response: CodeResponse): Promise<VaultState> {
    this.#exchanges++
    try {
      await this.#parts.exchanger.exchange(response)
    } finally {
      this.#exchanges--
    }
    return this.#parts.current.state()
  }

  /** @param call aborted when the caller does not wait any more */
  getToken(need: TokenNeed, call?: AbortController): Promise<IssuedToken> {
    return this.#answer(need, call, (token) => serialize(token, instant(this.#parts.env)))
  }

  authorize({ need = {} }: ProtectedRequest, call?: AbortController): Promise<Authorization> {
    // RFC 6750 §2.1: in the header, never in the URL or the body.
    return this.#answer(need, call, ({ response }) => ({
      headers: { authorization: `Bearer ${response.access_token}` },
    }))
  }

  userInfo(subject?: string, call?: AbortController): Promise<Record<string, unknown>> {
    return this.#answer({ subject }, call, (token, { origin }) =>
      fetchUserInfo(this.#parts.partyOf(origin), token.response.access_token, token.subject),
    )
  }

  async endSession({ provider, ...parameters }: EndSession): Promise<EndedSession> {
    // A caller's mistake ends nothing.
    checkEndSessionParameters(parameters.parameters ?? {})
    const { partyOf, current, announcements } = this.#parts
    const ended = current.toEnd()
    announcements.announce({ type: 'signed-out' })
    this.#signOut('signed_out')
    if (!provider) return {}
    const metadata =
      ended?.metadata ?? (await this.#parts.provider.discoverWithin(END_SESSION_DISCOVERY_MS))
    if (!metadata) return {}
    const url = endSessionUrl(partyOf({ metadata }), {
      ...parameters,
      idTokenHint: ended?.idToken,
    })
    return url === undefined ? {} : { url }
  }

  /** Neither a session nor a sign-in is lost with it. */
  get isIdle(): boolean {
    return !this.#parts.current.family && this.#exchanges === 0
  }

  get isObserved(): boolean {
    return this.#parts.events.size > this.#ownListeners
  }

  observe(listener: (event: VaultEvent) => void): () => void {
    return this.#parts.events.on(listener)
  }

  leave(): void {}

  close(): void {
    this.#parts.announcements.close()
    this.#parts.peers.close()
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
    const { keeper, current } = this.#parts
    let token = await keeper.getToken(need, call)
    if (!current.holds(token)) {
      token = await keeper.getToken({ ...need, subject: token.subject, forceRefresh: false }, call)
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
    this.#parts.transactions.clear()
    this.#parts.current.end(reason)
  }
}

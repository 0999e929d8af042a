import { endSessionUrl } from '../../oauth/end-session.ts'
import type { ServerMetadata, SignInTransaction } from '../../oauth/types.ts'
import { fetchUserInfo } from '../../oauth/userinfo.ts'
import type { Announcements } from '../announcements.ts'
import type { Emitter } from '../emitter.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import type {
  Authorization,
  BrowserVault,
  CodeResponse,
  EndedSession,
  EndSession,
  IssuedToken,
  ProtectedRequest,
  TokenNeed,
  VaultEvent,
  VaultState,
} from '../vault.ts'
import type { CodeExchanger } from './code-exchanger.ts'
import type { CurrentFamily } from './current-family.ts'
import { serialize } from './issued-token.ts'
import type { KeptTransactions } from './kept-transactions.ts'
import type { PartyOf } from './party-of.ts'
import type { Peers } from './peers.ts'
import type { ProviderMetadata } from './provider-metadata.ts'
import type { TokenKeeper } from './token-keeper.ts'

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
}

/** A vault in this thread: the whole of it in the worker, behind a port; in the page where there is no worker. */
export class LocalVault implements BrowserVault {
  readonly #parts: LocalVaultParts

  constructor(parts: LocalVaultParts) {
    this.#parts = parts
    const { announcements, current } = parts
    announcements.listen((announcement) => {
      if (announcement.type === 'signed-out') this.#signOut('signed_out_elsewhere')
      else if (current.family && current.family.subject !== announcement.sub) {
        this.#signOut('user_changed')
      }
    })
  }

  async open(): Promise<VaultState> {
    await this.#parts.peers.restored()
    return this.#parts.current.state()
  }

  discover(): Promise<ServerMetadata> {
    return this.#parts.provider.discover()
  }

  async keepTransaction(transaction: SignInTransaction): Promise<void> {
    this.#parts.transactions.keep(transaction)
  }

  async takeTransaction(state: string): Promise<SignInTransaction | undefined> {
    return this.#parts.transactions.take(state)
  }

  async exchangeCode(response: CodeResponse): Promise<VaultState> {
    await this.#parts.exchanger.exchange(response)
    return this.#parts.current.state()
  }

  async getToken(need: TokenNeed): Promise<IssuedToken> {
    const token = await this.#parts.keeper.getToken(need)
    return serialize(token, instant(this.#parts.env))
  }

  async authorize({ need = {} }: ProtectedRequest): Promise<Authorization> {
    const { response } = await this.#parts.keeper.getToken(need)
    // RFC 6750 §2.1: in the header, never in the URL or the body.
    return { headers: { authorization: `Bearer ${response.access_token}` } }
  }

  async userInfo(subject?: string): Promise<Record<string, unknown>> {
    const { partyOf, current, keeper } = this.#parts
    const { response } = await keeper.getToken({ subject })
    const { family } = current
    if (!family) throw current.noSessionError()
    return fetchUserInfo(partyOf(family.origin), response.access_token, subject ?? family.subject)
  }

  async endSession({ provider, postLogoutRedirectUri }: EndSession): Promise<EndedSession> {
    const { partyOf, current, announcements } = this.#parts
    const ended = current.toEnd()
    announcements.announce({ type: 'signed-out' })
    this.#signOut('signed_out')
    const metadata = ended?.metadata ?? this.#parts.provider.known
    if (!provider || !metadata) return {}
    const url = endSessionUrl(partyOf({ metadata }), {
      idTokenHint: ended?.idToken,
      postLogoutRedirectUri,
    })
    return url === undefined ? {} : { url }
  }

  observe(listener: (event: VaultEvent) => void): () => void {
    return this.#parts.events.on(listener)
  }

  leave(): void {}

  close(): void {
    this.#parts.announcements.close()
    this.#parts.peers.close()
  }

  #signOut(reason: 'signed_out' | 'signed_out_elsewhere' | 'user_changed'): void {
    this.#parts.transactions.clear()
    this.#parts.current.end(reason)
  }
}

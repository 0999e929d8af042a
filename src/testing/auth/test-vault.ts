import { AuthError } from '../../errors.ts'
import { noTokenError } from '../../client/session/no-token-error.ts'
import { leadOf } from '../../renewal/schedule.ts'
import { normalizeNeed } from '../../renewal/token-need.ts'
import { Emitter } from '../../vault/emitter.ts'
import type {
  Authorization,
  EndedSession,
  IssuedToken,
  ProtectedRequest,
  TokenNeed,
  UserClaims,
  Vault,
  VaultEvent,
  VaultState,
} from '../../vault/vault.ts'

/** Where the vault's tokens come from, and how long they hold. */
export interface TestVaultParts {
  page: { now(): number; monotonic(): number }
  /** ms */
  lifetime: number
  userInfo: Record<string, unknown>
}

interface Issued extends Omit<IssuedToken, 'age'> {
  /** Monotonic, ms. */
  issuedAt: number
}

/** The session of a test: it changes when the test says so. */
export class TestVault implements Vault {
  readonly #parts: TestVaultParts
  readonly #events = new Emitter<VaultEvent>()
  readonly #tokens = new Map<string, Issued>()
  #state: VaultState
  #count = 0
  #isObserved = () => {}
  /** Settles once the page hears of what happens. */
  readonly observed = new Promise<void>((resolve) => (this.#isObserved = resolve))
  /** What every renewal fails with. */
  failure: AuthError | undefined

  constructor(parts: TestVaultParts, state: VaultState) {
    this.#parts = parts
    this.#state = state
  }

  get state(): VaultState {
    return this.#state
  }

  /** Something ended or began the session. @param tells whether the page hears of it as from another tab */
  become(state: VaultState, tells: boolean): VaultState {
    this.#state = state
    this.#tokens.clear()
    const told = this.#told()
    if (tells) this.#events.emit({ type: 'state', state: told })
    return told
  }

  async open(): Promise<VaultState> {
    return this.#told()
  }

  async getToken(need: TokenNeed): Promise<IssuedToken> {
    const { claims } = this.#live()
    if (need.subject !== undefined && need.subject !== claims.sub) {
      throw new AuthError('user_mismatch', { message: 'Another user is signed in.' })
    }
    const { minValidity = 0, forceRefresh = false, proactive = false } = need
    const { key } = normalizeNeed(need)
    const held = this.#tokens.get(key)
    const left = held ? held.lifetime - this.#age(held) : 0
    // A page that shows a token has it renewed before it ends.
    const isWanted = forceRefresh || (proactive && left <= leadOf(this.#parts.lifetime))
    if (held && !isWanted && left > minValidity) return this.#out(held)
    if (minValidity >= this.#parts.lifetime) {
      throw new AuthError('min_validity_unattainable', {
        message: `Access tokens hold ${this.#parts.lifetime} ms here: ask for less minValidity than ${minValidity}, or give createTestAuth another \`lifetime\`.`,
      })
    }
    return this.#renew(key, need)
  }

  async authorize({ need = {} }: ProtectedRequest): Promise<Authorization> {
    const { response } = await this.getToken(need)
    return { headers: { authorization: `Bearer ${response.access_token}` } }
  }

  async userInfo(): Promise<Record<string, unknown>> {
    return { ...this.#live().claims, ...this.#parts.userInfo }
  }

  async endSession(): Promise<EndedSession> {
    this.become({ status: 'empty', reason: 'signed_out' }, true)
    return {}
  }

  observe(listener: (event: VaultEvent) => void): () => void {
    this.#isObserved()
    return this.#events.on(listener)
  }

  leave(): void {}

  close(): void {}

  #renew(key: string, need: TokenNeed): IssuedToken {
    const error = this.failure
    if (error) {
      this.#events.emit({ type: 'renewal', key, renewal: 'retrying', error: error.toJSON() })
      throw error
    }
    const token = this.#out(this.#issue(key, need))
    this.#events.emit({ type: 'renewal', key, renewal: 'idle' })
    return token
  }

  #issue(key: string, { resource, scope }: TokenNeed): Issued {
    const { page, lifetime } = this.#parts
    const issued: Issued = {
      subject: this.#live().claims.sub,
      key,
      response: {
        access_token: `test-access-token-${(this.#count += 1)}`,
        token_type: 'Bearer',
        expires_in: lifetime / 1000,
        scope: scope ?? (resource ? '' : 'openid profile email offline_access'),
      },
      lifetime,
      sentAt: page.now(),
      issuedAt: page.monotonic(),
    }
    this.#tokens.set(key, issued)
    return issued
  }

  /** As it leaves the vault: the page freezes what it is given. */
  #out(issued: Issued): IssuedToken {
    const { issuedAt: _, response, ...rest } = issued
    return { ...rest, response: { ...response }, age: this.#age(issued) }
  }

  #age({ issuedAt }: Issued): number {
    return this.#parts.page.monotonic() - issuedAt
  }

  #told(): VaultState {
    const state = this.#state
    if (state.status !== 'live') return state
    const held = this.#tokens.get('') ?? this.#issue('', {})
    return { ...state, token: this.#out(held) }
  }

  #live(): { claims: UserClaims } {
    const state = this.#state
    if (state.status === 'live') return state
    throw state.status === 'empty'
      ? noTokenError({ status: 'signed-out', reason: state.reason })
      : noTokenError({ status: 'expired', user: state.claims, reason: state.reason })
  }
}

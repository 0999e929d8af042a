import { AuthError } from '../../errors.ts'
import type { Vault } from '../../vault/vault.ts'
import type { AccessTokenOptions, AuthorizedRequest } from '../auth-client.ts'
import type { VaultAccess } from '../modes/mode.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import type { Target } from './resources.ts'

export interface AuthorizationsParts {
  tokens: TokenCache
  /** A token that is valid now. @throws AuthError */
  getAccessToken(options: AccessTokenOptions): Promise<string>
  connection: Pick<VaultAccess<Vault>, 'withVault'>
}

export interface AuthorizedCall extends Target {
  /** Whose call it is, by `sub`. */
  subject: string
  method?: string | undefined
  /** What the resource refused. */
  rejected?: Pick<AuthorizedRequest, 'headers'> | undefined
}

type Headers = Record<string, string>

/** What calls are sent with: a token at hand needs neither a message nor a request. */
export class Authorizations {
  readonly #parts: AuthorizationsParts
  /** Renewals under way because a resource refused a token: all who were refused at one time share one. */
  readonly #renewing = new Map<string, Promise<Headers>>()

  constructor(parts: AuthorizationsParts) {
    this.#parts = parts
  }

  /** @throws AuthError also where there is nothing better than what was refused */
  async get(call: AuthorizedCall): Promise<Headers> {
    const { resource, subject, rejected } = call
    const { tokens } = this.#parts
    const headers = await (rejected ? this.#renewed(call, rejected.headers) : this.#current(call))
    // RFC 9700 §4.9: what was begun for one user is not done as another.
    if (tokens.session?.subject !== subject) throw tokens.closedError()
    const isSame = rejected && headers['authorization'] === rejected.headers['authorization']
    if (isSame && resource.proxied === undefined) throw nothingBetterError()
    return headers
  }

  async #current({ resource, url, subject, method }: AuthorizedCall): Promise<Headers> {
    const { need, proxied } = resource
    if (proxied === undefined) return bearer(await this.#parts.getAccessToken(need))
    return this.#ofBackend({ url, method, need: { subject } })
  }

  async #renewed({ resource, url, subject, method }: AuthorizedCall, rejected: Headers) {
    const { need, proxied } = resource
    const held = proxied === undefined ? this.#parts.tokens.entry(need).held() : undefined
    // Another call was refused before, and has seen to it.
    if (held !== undefined && bearer(held)['authorization'] !== rejected['authorization']) {
      return bearer(held)
    }
    const key = JSON.stringify([subject, proxied !== undefined, need])
    let renewing = this.#renewing.get(key)
    if (!renewing) {
      renewing = (
        proxied === undefined
          ? this.#parts.getAccessToken({ ...need, forceRefresh: true }).then(bearer)
          : this.#askBackend(subject).then(() =>
              this.#ofBackend({ url, method, need: { subject } }),
            )
      ).finally(() => this.#renewing.delete(key))
      this.#renewing.set(key, renewing)
    }
    return renewing
  }

  /** Has the vault learn what is so of the session: the backend refused a call because of it. */
  async #askBackend(subject: string): Promise<void> {
    await this.#parts.connection.withVault((vault) => vault.userInfo(subject))
  }

  async #ofBackend(request: Parameters<Vault['authorize']>[0]): Promise<Headers> {
    const { headers } = await this.#parts.connection.withVault((vault) => vault.authorize(request))
    return headers
  }
}

/** RFC 6750 §2.1: in the header, never in the URL or the body. */
const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })

function nothingBetterError(): AuthError {
  return new AuthError('refresh_refused', {
    message: 'The resource refused the access token, and the provider gives no other one.',
  })
}

import { AuthError } from '../errors.ts'
import type { ClientAuthentication } from '../oauth/client-authentication.ts'
import { clientAuthOf } from '../oauth/client-authentication.ts'
import type { Dpop } from '../oauth/dpop.ts'
import { createJwksCache } from '../oauth/jwks.ts'
import { discover } from '../oauth/metadata.ts'
import type { RelyingParty } from '../oauth/relying-party.ts'
import type { ClientConfig, OAuthContext, ServerMetadata } from '../oauth/types.ts'
import { backoff } from '../renewal/backoff.ts'
import type { BffEnvironment } from './environment.ts'

interface ProviderParts {
  env: BffEnvironment
  client: ClientConfig
  authentication: ClientAuthentication
  dpop: Dpop | undefined
}

/** This application at its provider. What the provider says of itself is asked for once, and after a failure not at once again. */
export class Provider {
  readonly #parts: ProviderParts
  readonly #auth
  readonly #keys = createJwksCache()
  readonly #context: OAuthContext
  #metadata: ServerMetadata | undefined
  #discovery: Promise<ServerMetadata> | undefined
  #failures = 0
  #failure: { error: AuthError; until: number } | undefined

  constructor(parts: ProviderParts) {
    const { env, client, authentication } = parts
    this.#parts = parts
    this.#auth = authentication.method === 'none' ? undefined : clientAuthOf(authentication)
    this.#context = { fetch: env.fetch, now: env.now, deadline: env.deadline }
    this.#metadata = client.metadata
  }

  get isKnown(): boolean {
    return this.#metadata !== undefined
  }

  /** @throws AuthError */
  async party(): Promise<RelyingParty> {
    const metadata = this.#metadata ?? (await this.#discover())
    const { client } = this.#parts
    const auth = this.#auth && { auth: this.#auth }
    const dpop = this.#parts.dpop && { dpop: this.#parts.dpop }
    return { context: this.#context, client, metadata, keys: this.#keys, ...auth, ...dpop }
  }

  async #discover(): Promise<ServerMetadata> {
    const { env, client } = this.#parts
    const left = this.#failure ? this.#failure.until - env.monotonic() : 0
    if (this.#failure && left > 0) {
      throw AuthError.from({ ...this.#failure.error.toJSON(), retryAfter: left })
    }
    this.#discovery ??= discover(this.#context, client.issuer)
      .catch((error: unknown) => {
        this.#failed(error)
        throw error
      })
      .finally(() => (this.#discovery = undefined))
    this.#metadata = await this.#discovery
    this.#failure = undefined
    this.#failures = 0
    return this.#metadata
  }

  #failed(error: unknown): void {
    const { env } = this.#parts
    if (!(error instanceof AuthError)) return
    this.#failures++
    const ms = backoff(this.#failures, env.random(), error.retryAfter)
    this.#failure = { error, until: env.monotonic() + ms }
  }
}

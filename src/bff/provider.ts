import type { ClientAuthentication } from '../oauth/client-authentication.ts'
import { clientAuthOf } from '../oauth/client-authentication.ts'
import type { Dpop } from '../oauth/dpop.ts'
import { createJwksCache } from '../oauth/jwks.ts'
import type { RelyingParty } from '../oauth/relying-party.ts'
import type { ClientConfig, OAuthContext } from '../oauth/types.ts'
import type { Background } from './background.ts'
import type { BffEnvironment } from './environment.ts'
import type { Emit } from './events.ts'
import { ProviderMetadata } from './provider-metadata.ts'

interface ProviderParts {
  env: BffEnvironment
  client: ClientConfig
  authentication: ClientAuthentication
  dpop: Dpop | undefined
  emit: Emit
}

/** This application at its provider. */
export class Provider {
  readonly #parts: ProviderParts
  readonly #auth
  readonly #context: OAuthContext
  readonly #metadata: ProviderMetadata
  #keys = createJwksCache()
  /** Whose keys those are. */
  #keysOf: string | undefined

  constructor(parts: ProviderParts) {
    const { env, client, authentication, emit } = parts
    this.#parts = parts
    this.#auth = authentication.method === 'none' ? undefined : clientAuthOf(authentication)
    this.#context = { fetch: env.fetch, now: env.now, deadline: env.deadline }
    this.#metadata = new ProviderMetadata({ env, context: this.#context, client, emit })
  }

  get isKnown(): boolean {
    return this.#metadata.isKnown
  }

  /** @throws AuthError */
  async party(background: Background): Promise<RelyingParty> {
    const metadata = await this.#metadata.get(background)
    // Keys at an address that is none any more are not kept.
    if (metadata.jwks_uri !== this.#keysOf) this.#keys = createJwksCache()
    this.#keysOf = metadata.jwks_uri
    const { client } = this.#parts
    const auth = this.#auth && { auth: this.#auth }
    const dpop = this.#parts.dpop && { dpop: this.#parts.dpop }
    return { context: this.#context, client, metadata, keys: this.#keys, ...auth, ...dpop }
  }
}

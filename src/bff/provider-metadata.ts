import { AuthError } from '../errors.ts'
import { discover } from '../oauth/metadata.ts'
import type { ClientConfig, OAuthContext, ServerMetadata } from '../oauth/types.ts'
import { backoff } from '../renewal/backoff.ts'
import type { Background } from './background.ts'
import type { BffEnvironment } from './environment.ts'
import type { Emit } from './events.ts'

/** A server lives for months, and endpoints move meanwhile. */
const MAX_AGE_MS = 3_600_000
/** The shortest time between two requests, where a later one than the first came to nothing. */
const FLOOR_MS = 300_000

interface MetadataParts {
  env: Pick<BffEnvironment, 'monotonic' | 'random'>
  context: OAuthContext
  client: ClientConfig
  emit: Emit
}

/**
 * What the provider says of itself (OpenID Connect Discovery §4). It is asked once at first, after a failure not at once
 * again; and behind everything else when that is long ago: what was known serves until there is better.
 */
export class ProviderMetadata {
  readonly #parts: MetadataParts
  #known: ServerMetadata | undefined
  /** By the monotonic clock. What the application gave is never asked for. */
  #dueAt = Infinity
  /** One request for all who ask. */
  #request: Promise<ServerMetadata> | undefined
  #failures = 0
  #failure: { error: AuthError; until: number } | undefined

  constructor(parts: MetadataParts) {
    this.#parts = parts
    this.#known = parts.client.metadata
  }

  get isKnown(): boolean {
    return this.#known !== undefined
  }

  /** @throws AuthError where nothing was ever learned */
  async get(background: Background): Promise<ServerMetadata> {
    const known = this.#known
    if (!known) return this.#first(background)
    if (this.#parts.env.monotonic() >= this.#dueAt) {
      this.#request ??= this.#ask(() => this.#again(known))
      background.add(this.#request)
    }
    return known
  }

  #first(background: Background): Promise<ServerMetadata> {
    const left = this.#failure ? this.#failure.until - this.#parts.env.monotonic() : 0
    if (this.#failure && left > 0) {
      throw AuthError.from({ ...this.#failure.error.toJSON(), retryAfter: left })
    }
    this.#request ??= this.#ask(() => this.#discover().catch((error) => this.#failed(error)))
    background.add(this.#request)
    return this.#request
  }

  /** @returns what is known from now on */
  async #ask(discovered: () => Promise<ServerMetadata>): Promise<ServerMetadata> {
    try {
      return (this.#known = await discovered())
    } finally {
      this.#request = undefined
    }
  }

  async #discover(): Promise<ServerMetadata> {
    const { env, context, client } = this.#parts
    const metadata = await discover(context, client.issuer)
    this.#dueAt = env.monotonic() + MAX_AGE_MS
    return metadata
  }

  async #again(known: ServerMetadata): Promise<ServerMetadata> {
    try {
      const metadata = await this.#discover()
      this.#assertUsable(known, metadata)
      return metadata
    } catch (error) {
      const { env, emit } = this.#parts
      const failure = error instanceof AuthError ? error : undefined
      this.#dueAt = env.monotonic() + Math.max(FLOOR_MS, backoff(1, 0, failure?.retryAfter))
      emit({ type: 'metadata-kept', ...(failure && { error: failure.toJSON() }) })
      return known
    }
  }

  /** @throws AuthError for metadata with which no sign-in is finished any more */
  #assertUsable(known: ServerMetadata, { jwks_uri }: ServerMetadata): void {
    if (jwks_uri !== undefined || known.jwks_uri === undefined) return
    if (this.#parts.client.verification === 'tls') return
    throw new AuthError('unsupported_provider', { message: 'The provider has no jwks_uri now.' })
  }

  #failed(error: unknown): never {
    const { env } = this.#parts
    if (error instanceof AuthError) {
      this.#failures++
      const ms = backoff(this.#failures, env.random(), error.retryAfter)
      this.#failure = { error, until: env.monotonic() + ms }
    }
    throw error
  }
}

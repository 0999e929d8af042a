import { revokeToken } from '../../oauth/revocation.ts'
import { remember } from './bounded-map.ts'
import type { Family } from './family.ts'
import type { VaultConfig } from '../vault.ts'
import type { VaultEnvironment } from '../environment.ts'

/** Before the second and last try (ms). RFC 7009 §2.2.1: after a 503 the token still lives. */
const AGAIN = 5000

/** Refresh tokens that nobody needs any more. Best effort, behind everything else (RFC 7009 §2.1). */
export class Revocations {
  readonly #env: VaultEnvironment
  readonly #config: VaultConfig
  readonly #later = new Map<string, Pick<Family, 'metadata'>>()

  constructor(env: VaultEnvironment, config: VaultConfig) {
    this.#env = env
    this.#config = config
  }

  now(
    { metadata }: Pick<Family, 'metadata'>,
    refreshToken: string | undefined,
    last = false,
  ): void {
    if (refreshToken === undefined) return
    const party = { context: this.#env, client: this.#config, metadata }
    revokeToken(party, refreshToken).catch(() => {
      // After that nothing can be done: the provider keeps it until it expires.
      if (!last) this.#env.timer(() => this.now({ metadata }, refreshToken, true), AGAIN)
    })
  }

  /** A newer sign-in of the same user replaced it. Providers may tie both to one grant: it goes with the session. */
  later({ metadata }: Pick<Family, 'metadata'>, refreshToken: string | undefined): void {
    if (refreshToken !== undefined) remember(this.#later, refreshToken, { metadata })
  }

  /** The session is over: what was left for later is revoked, or forgotten. */
  end(andRevoke: boolean): void {
    for (const [refreshToken, family] of andRevoke ? this.#later : [])
      this.now(family, refreshToken)
    this.#later.clear()
  }
}

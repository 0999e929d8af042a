import { revokeToken } from '../../oauth/revocation.ts'
import { BoundedMap } from '../bounded-map.ts'
import type { VaultEnvironment } from '../environment.ts'
import type { PartyOf, TokenOrigin } from './party-of.ts'

/** Before the second and last try. RFC 7009 §2.2.1: after a 503 the token still lives. */
const REVOCATION_RETRY_DELAY_MS = 5000

const MAX_PENDING = 10

/** Refresh tokens that are not needed any more. Best effort, behind everything else (RFC 7009 §2.1). */
export class Revocations {
  readonly #env: Pick<VaultEnvironment, 'timer'>
  readonly #partyOf: PartyOf
  readonly #withSession = new BoundedMap<TokenOrigin>(MAX_PENDING)

  constructor(env: Pick<VaultEnvironment, 'timer'>, partyOf: PartyOf) {
    this.#env = env
    this.#partyOf = partyOf
  }

  revokeNow(origin: TokenOrigin, refreshToken: string | undefined): void {
    if (refreshToken === undefined) return
    const revoke = () => revokeToken(this.#partyOf(origin), refreshToken)
    revoke().catch(() => {
      // After the second try the provider keeps it until it expires: there is no third.
      this.#env.timer(() => void revoke().catch(() => {}), REVOCATION_RETRY_DELAY_MS)
    })
  }

  /** A newer sign-in of the same user replaced it. Providers may tie both to one grant: it goes with the session. */
  revokeWithSession(origin: TokenOrigin, refreshToken: string | undefined): void {
    if (refreshToken !== undefined) this.#withSession.set(refreshToken, origin)
  }

  /** The session is over: what waited for that is revoked. */
  flush(): void {
    const waiting = [...this.#withSession]
    this.#withSession.clear()
    for (const [refreshToken, origin] of waiting) this.revokeNow(origin, refreshToken)
  }

  /** The session is over, and revoking what waited for that is not ours to do. */
  forget(): void {
    this.#withSession.clear()
  }
}

import { remaining, type Instant } from '../../renewal/lifetime.ts'
import type { HeldToken } from '../../vault/held-token.ts'
import type { Vault, VaultState } from '../../vault/vault.ts'
import type { TokenCache } from '../tokens/token-cache.ts'

export interface EndParts {
  machine: { readonly vaultState: VaultState | undefined }
  tokens: Pick<TokenCache, 'session' | 'entry'>
  connection: { readonly opened: { readonly vault: Vault } | undefined }
}

export interface SessionEnd {
  /** Milliseconds until then; negative when it is over. */
  left: number
  /** Whether it ends then whatever happens. */
  isAbsolute: boolean
}

/**
 * @param latest the newest token, of any need: what was said before is no longer so
 * @returns when the session ends, as far as anybody said so: the backend, or the provider in its token response. All tabs go by
 * the same answer, and by the moment it was asked for.
 */
export function findEnd(
  { machine, tokens, connection }: EndParts,
  latest: HeldToken | undefined,
  now: Instant,
): SessionEnd | undefined {
  const { session } = tokens
  if (!session) return undefined
  const ends = connection.opened?.vault.ends?.said
  if (ends) {
    // A server's page does not say it.
    const { sentAt } = ends
    if (!sentAt) return undefined
    const of = (seconds: unknown) =>
      remaining({ sentAt: sentAt, lifetime: Number(seconds) * 1000 }, now)
    const absolute = of(ends.sessionExpiresIn)
    const left = Math.min(of(ends.idleExpiresIn), absolute)
    return Number.isNaN(left) ? undefined : { left, isAbsolute: left === absolute }
  }
  const { vaultState } = machine
  // Nothing can be renewed: the session ends with its access token.
  if (vaultState?.status === 'live' && vaultState.renewable === false) {
    const { state } = tokens.entry()
    return state.status === 'ready'
      ? { left: state.expiresAt - now.wall, isAbsolute: true }
      : undefined
  }
  if (latest?.subject !== session.subject) return undefined
  const lifetime = Number(latest.response.refresh_token_expires_in) * 1000
  return lifetime > 0
    ? { left: remaining({ sentAt: latest.sentAt, lifetime }, now), isAbsolute: false }
    : undefined
}

import { AuthError } from '../../errors.ts'
import { remaining, type Instant } from '../../renewal/lifetime.ts'
import { Emitter } from '../../vault/emitter.ts'
import type { HeldToken } from '../../vault/held-token.ts'
import type { NormalNeed } from '../../vault/token-need.ts'
import type { AccessTokenState, Renewal } from './access-token.ts'

/** One need's token in this page, and who reads it. */
export interface TokenEntry {
  readonly need: NormalNeed
  readonly listeners: Emitter<void>
  /** Components and others that want the token kept valid. */
  watchers: number
  token?: HeldToken | undefined
  renewal: Renewal
  /** Why there is no token, while readers of the value should know. */
  error?: AuthError | undefined
  /** The value as readers see it: the same object until it changes. */
  state: AccessTokenState
  /** What `state` was made of. */
  source?: HeldToken | AuthError | undefined
  /** The value that listeners were told of last. */
  notifiedState: AccessTokenState
}

export const PENDING: AccessTokenState = { status: 'pending' }

export function createTokenEntry(need: NormalNeed): TokenEntry {
  return {
    need,
    listeners: new Emitter(),
    watchers: 0,
    renewal: 'idle',
    state: PENDING,
    notifiedState: PENDING,
  }
}

/** Milliseconds that the token at hand is still valid; 0 where there is none. */
export function validityLeft({ token }: TokenEntry, now: Instant): number {
  return token ? remaining(token, now) : 0
}

/**
 * Brings `entry.state` up to date, and returns it.
 * @param closed why there are no tokens at all; `null`: not known yet; undefined: a user is signed in
 */
export function updateState(
  entry: TokenEntry,
  closed: AuthError | null | undefined,
  now: Instant,
): AccessTokenState {
  const source = closed === undefined ? (usableToken(entry, now) ?? entry.error) : closed
  if (source !== entry.source) {
    entry.source = source ?? undefined
    entry.state = stateOf(source)
  }
  return entry.state
}

/** A token without any lifetime is the provider's way to say "once": it is shown, and never renewed. */
function usableToken(entry: TokenEntry, now: Instant): HeldToken | undefined {
  const { token } = entry
  return token && (token.lifetime === 0 || remaining(token, now) > 0) ? token : undefined
}

function stateOf(source: HeldToken | AuthError | null | undefined): AccessTokenState {
  if (!source) return PENDING
  if (source instanceof AuthError) return { status: 'unavailable', error: source }
  return {
    status: 'ready',
    accessToken: source.response.access_token,
    expiresAt: source.sentAt.wall + source.lifetime,
  }
}

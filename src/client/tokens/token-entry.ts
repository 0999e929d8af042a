import { AuthError } from '../../errors.ts'
import { remaining, type Instant } from '../../renewal/lifetime.ts'
import { Emitter } from '../../vault/emitter.ts'
import type { HeldToken } from '../../vault/held-token.ts'
import type { NormalNeed } from '../../vault/token-need.ts'
import type { PageEnvironment } from '../page/environment.ts'
import type { AccessTokenState, Renewal } from './access-token.ts'

/** One need's token in this page, who reads it, and when it is asked for next. */
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
  /** A request of the schedule is under way. */
  requesting?: boolean
  /** Monotonic: the schedule makes no request before, whatever was answered. */
  notBefore: number
  /** Monotonic: nor before this, after a failure. */
  retryAt: number
  /** Ends the wait for what comes next. */
  cancelTimer?: () => void
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
    notBefore: 0,
    retryAt: 0,
  }
}

type Clocks = Pick<PageEnvironment, 'now' | 'monotonic'>

export function instant(page: Clocks): Instant {
  return { wall: page.now(), mono: page.monotonic() }
}

/** Milliseconds that a token is still valid; 0 where there is none. */
export function validityLeft(token: HeldToken | undefined, page: Clocks): number {
  return token ? remaining(token, instant(page)) : 0
}

/** Whether a token may be shown: one without any lifetime is the provider's way to say "once", and is never renewed. */
export function isUsable(token: HeldToken, page: Clocks): boolean {
  return token.lifetime === 0 || validityLeft(token, page) > 0
}

/** The value as readers see it. */
export function stateOf(source: HeldToken | AuthError | undefined): AccessTokenState {
  if (!source) return PENDING
  if (source instanceof AuthError) return { status: 'unavailable', error: source }
  return {
    status: 'ready',
    accessToken: source.response.access_token,
    expiresAt: source.sentAt.wall + source.lifetime,
  }
}

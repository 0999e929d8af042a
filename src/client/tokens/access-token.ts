import type { AuthError } from '../../errors.ts'

/** Whose token: the session's own, or one for other resources (RFC 8707) or a narrower scope. */
export interface AccessTokenNeed<Resource extends string = string> {
  /** Absolute URIs without a fragment. */
  resource?: Resource | readonly Resource[] | undefined
  /** Space separated. */
  scope?: string | undefined
}

/** Whether a renewal is under way, or failed for now and will be tried again. */
export type Renewal = 'idle' | 'running' | 'retrying'

/** The token as a value that changes. */
export type AccessTokenState =
  | { readonly status: 'pending' }
  | {
      readonly status: 'ready'
      readonly accessToken: string
      /** ms since 1970, on this device's clock. */
      readonly expiresAt: number
    }
  | { readonly status: 'unavailable'; readonly error: AuthError }

export const PENDING: AccessTokenState = { status: 'pending' }

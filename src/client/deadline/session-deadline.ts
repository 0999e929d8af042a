/** When the session ends, for a warning ahead of it. */
export type SessionDeadline =
  /** Nobody is signed in, or neither provider nor backend says when the session ends. */
  | { readonly status: 'unknown' }
  /** It ends, and not soon. */
  | { readonly status: 'known' }
  | {
      readonly status: 'ending'
      /** ms since 1970, on this device's clock. */
      readonly endsAt: number
      /** Whole seconds until then, at least 0. */
      readonly secondsLeft: number
      /** Whether `extend` helps: `false` where the session ends whatever happens. */
      readonly extendable: boolean
      /** The user is there: one request, and the session lasts longer. @throws AuthError */
      extend(): Promise<void>
    }

/** When to warn. */
export interface DeadlineOptions {
  /** Milliseconds ahead of the end that it is `'ending'`. Default: a minute. */
  warnBefore?: number | undefined
}

import type { AuthClient, AuthClientOptions, BffClientOptions, UserClaims } from 'evertoken'

/** What one page of the test app is: the client's options as JSON, and how it is put together. */
export interface AppOptions {
  client: AuthClientOptions
  /** Instead of `client`: the backend's. */
  bff?: BffClientOptions
  strict?: boolean
  /** The same client in two providers. */
  twice?: boolean
  /** Mounts a reader of the access token, which keeps it renewed. */
  watch?: boolean
  /** A guard that goes to sign in by itself. */
  required?: boolean
  /** Warns before the session ends, as the example does. */
  warns?: boolean
  /** Claims that a `userSchema` asks for, each as text. */
  claims?: string[]
  /** A client in the page and nothing else: no React. */
  bare?: boolean
}

export interface Seen {
  at: number
  status: string
  reason?: string
  code?: string
  sub?: string
}

declare global {
  interface Window {
    __options: AppOptions
    auth: AuthClient<UserClaims>
    /** Every session the page has seen since it was loaded. */
    sessionLog: Seen[]
    /** Commits, by component. */
    renders: Record<string, number>
    /** Where the browser was when children first rendered, and when a router would first look. */
    firstSeenUrls: string[]
    /** What a router would have heard. */
    popStates: string[]
    unmount: () => void
    remount: () => void
  }
}

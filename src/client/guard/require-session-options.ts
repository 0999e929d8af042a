import type { SignInOptions } from '../auth-client.ts'
import type { Session } from '../session/session.ts'

/** A session with a user who is signed in. */
export type SignedInSession<User> = Extract<Session<User>, { status: 'signed-in' }>
/** A session that ended, whose user is still shown. */
export type ExpiredSession<User> = Extract<Session<User>, { status: 'expired' }>

/**
 * What a guard may be told. It reads the arguments that routers give to theirs: those of a React Router `loader`,
 * `clientLoader` or middleware have `request`, those of a TanStack Router `beforeLoad` the other three.
 */
export interface RequireSessionOptions {
  /** What is being loaded: the user comes back to its URL, and its signal ends the wait. */
  request?: Request | undefined
  /** What is being loaded, where there is no request. */
  location?: { href: string; publicHref?: string | undefined } | undefined
  /** Ends the wait. */
  abortController?: AbortController | undefined
  /** Loaded ahead, where nobody may come: no sign-in begins. */
  preload?: boolean | undefined
  /** Ends the wait, and the sign-in that it began while the page has not been left. */
  signal?: AbortSignal | null | undefined
  /** A path of this origin to come back to, instead of what is being loaded. */
  returnTo?: string | undefined
  /** The router keeps its paths in the fragment. Found out by itself where the page's fragment begins with a slash. */
  hashRouter?: boolean | undefined
  /** How to sign in. */
  signIn?: Omit<SignInOptions, 'returnTo' | 'automatic' | 'mode'> | undefined
  /** `'throw'`: an application with a sign-in page of its own redirects there. Default `'sign-in'`, never after a sign-out. */
  onSignedOut?: 'sign-in' | 'throw' | undefined
  /** `'keep'`: the expired session is the answer, so that what is on the screen stays there. Default `'throw'`. */
  onExpired?: 'throw' | 'keep' | undefined
}

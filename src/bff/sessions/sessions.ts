import type { EndedAtProvider } from '../login/tombstones.ts'
import type { SessionTicket } from '../keys/session-ticket.ts'
import type { SessionContents } from './session-contents.ts'
import type { SessionRecord } from './session-store.ts'
import type { BffRequest } from '../http/exchange.ts'

/** When a session began, and when it ends: ms since 1970. */
export type SessionTimes = Pick<SessionRecord, 'createdAt' | 'idleUntil' | 'absoluteUntil'>

/** A session that was found, opened: its name, its times, and what is in it. */
export interface LiveSession {
  readonly ticket: SessionTicket
  readonly record: SessionTimes
  readonly contents: SessionContents
  /** Where only the page can have it renewed: when it should, ms since 1970. */
  readonly renewAt?: number
}

/** A session that was written, and how the browser hears of it. */
export interface WrittenSession {
  session: LiveSession
  setCookies: string[]
}

/** What a sign-in remembers of the session that its browser has: enough to end it without its cookie. Plain data. */
export interface PreviousSession {
  storeKey: string
  /** Opens what a store has of it. base64url */
  secret: string
  /** Where no store has them; those that there is room for. */
  refreshTokens?: readonly string[] | undefined
  sub?: string | undefined
}

/** What is left of a session that another one replaced. */
export interface ReplacedSession {
  /** Undefined where nobody can tell whose it was. */
  sub?: string | undefined
  /** Its own, and those of the sessions that it replaced itself. */
  refreshTokens: readonly string[]
}

/**
 * Where sessions are: in a store, under a name that the cookie has; or in cookies, as a whole. All that the routes know
 * of it.
 */
export interface Sessions {
  /** @returns undefined where nobody is signed in. @throws AuthError `store_unavailable` */
  find(request: BffRequest): Promise<LiveSession | undefined>
  /** Names the session of a request, whether it ended or not. */
  ticketOf(request: BffRequest): Promise<SessionTicket | undefined>
  /**
   * A new session under a new random name, whatever cookie the browser had before (OWASP, session fixation).
   * @param codeVerifier of its sign-in, which nobody can guess, and is used once
   */
  create(contents: SessionContents, codeVerifier: string): Promise<WrittenSession>
  /** The user is there: the idle limit moves, where that can be done now. */
  touch(session: LiveSession): Promise<void>
  /** Whether one that was found before has not ended since. */
  lives(session: LiveSession): Promise<boolean>
  /** Ends the session of a request. @returns it as it was at its end, with its newest refresh token */
  end(request: BffRequest): Promise<LiveSession | undefined>
  /**
   * Ends what a sign-in became whose browser may not know it yet.
   * @returns it as it was at its end, as far as it is to be had without its cookie
   */
  endOfSignIn(codeVerifier: string): Promise<LiveSession[]>
  /** Those of a browser that can be read, ended or not: of its cookie, and of what its sign-ins became. */
  ofBrowser(request: BffRequest, codeVerifiers: readonly string[]): Promise<LiveSession[]>
  /** Ends a session by its name. */
  endByKey(storeKey: string): Promise<void>
  /** What a sign-in that begins with this request has to remember. */
  previousOf(request: BffRequest): Promise<PreviousSession | undefined>
  /** The same of a session that is here. */
  toPrevious(session: LiveSession): PreviousSession
  /**
   * Ends the session that a browser had before it signed in again; its cookie need not be here.
   * @param sub who signed in: a refresh of the same user's that is under way revokes nothing when it finds this
   */
  endPrevious(previous: PreviousSession, sub: string): Promise<ReplacedSession>
  /**
   * A session also answers for the refresh tokens of the one that it replaced, and revokes them when it is signed out.
   * @returns undefined where it ended meanwhile
   */
  answerFor(
    written: WrittenSession,
    refreshTokens: readonly string[],
  ): Promise<WrittenSession | undefined>
  /** Ends what the provider ended. @returns how many there were; undefined where nobody counts them */
  endAtProvider(ended: EndedAtProvider): Promise<number | undefined>
  /** `Set-Cookie` headers by which the browser forgets its session. */
  deletion(): string[]
}

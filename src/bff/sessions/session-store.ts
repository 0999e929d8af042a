/**
 * One session as a store holds it. Nothing in it can be used by who reads the store: the key is a hash, the lookups are
 * HMACs, and `blob` is sealed with a key of which one part is only in the user's cookie.
 *
 * All times are milliseconds since 1970.
 */
export interface SessionRecord {
  /** SHA-256 of the session's id, base64url. */
  readonly key: string
  /** 1 when created, one more with each `replace`. The store counts. */
  readonly version: number
  /** Which configured provider the session is from. */
  readonly issuerKey: string
  /** HMAC of issuer and `sub`: finds the user's sessions for a back-channel logout without telling who it is. */
  readonly lookupSub: string
  /** HMAC of issuer and `sid`, where the provider gave one. */
  readonly lookupSid?: string | undefined
  readonly createdAt: number
  readonly lastSeenAt: number
  /** The end of the session, unless it is used before: the idle limit. */
  readonly idleUntil: number
  /** The end of the session, however much it is used. */
  readonly absoluteUntil: number
  readonly refresh: RefreshPhase
  /** Tokens and claims, sealed. */
  readonly blob: string
}

/** `started` stands in the store before the refresh token is sent: who finds it there, and no lease, knows it may be spent. */
export type RefreshPhase =
  | { readonly phase: 'idle' }
  | { readonly phase: 'started'; readonly startedAt: number; readonly holder: string }

/** A record as it is given to a store, which numbers it. */
export type NewSessionRecord = Omit<SessionRecord, 'version'>

/** Exactly one index: a back-channel logout names a session of the provider, or a user. */
export type SessionIndex = { readonly lookupSid: string } | { readonly lookupSub: string }

/**
 * Where the backend keeps its sessions. `sessionStoreContract` (testing) holds every implementation to what is written
 * here.
 *
 * - A method that could not be carried out rejects with an AuthError of code `store_unavailable`, in bounded time; it is
 *   open then whether it was. "There is no such session" is an answer, and never stands for a failure.
 * - `replace` is what keeps a session right: two writers of one version never both succeed. A lease only saves work, so
 *   it may be lost; it is timed by the store, because the clocks of instances differ.
 * - An eventually consistent store cannot do this.
 */
export interface SessionStore {
  /** Stores a session as version 1. @returns false where there is one of this key, which stays as it is. */
  create(record: NewSessionRecord): Promise<boolean>
  /** The session, unless it ended: deleted, idle for too long, or past its absolute limit. */
  get(key: string): Promise<SessionRecord | null>
  /**
   * Compare-and-set: writes the record as version `expectedVersion + 1` if the session is there in `expectedVersion`.
   * What `touch` moved forward meanwhile stays: `idleUntil` and `lastSeenAt` never go back.
   *
   * @returns false if another was faster, or the session ended.
   */
  replace(key: string, expectedVersion: number, record: NewSessionRecord): Promise<boolean>
  /** Moves the idle limit forward, up to the absolute one. Not a new version; never brings an ended session back. */
  touch(key: string, seen: { lastSeenAt: number; idleUntil: number }): Promise<void>
  /**
   * Ends a session. @param version only if it is there in this one
   * @returns what was there at its end: a refresh may have written it anew a moment ago. Null where nothing was deleted.
   */
  delete(key: string, version?: number): Promise<SessionRecord | null>
  /** Ends every session of the index. @returns how many there were. */
  deleteBy(index: SessionIndex): Promise<number>

  /**
   * Takes the lease of a session for a while. Asking again with the same token is `got`, and begins the time anew: an
   * answer may have been lost.
   */
  lease(key: string, token: string, durationMs: number): Promise<'got' | 'busy'>
  /** Begins the time of a lease anew. @returns false if this token does not hold it any more. */
  renew(key: string, token: string, durationMs: number): Promise<boolean>
  /** Gives the lease back, if this token holds it. */
  release(key: string, token: string): Promise<void>

  /**
   * Takes a name for a while: a `jti` that was seen.
   *
   * @returns whether it was free.
   */
  once(name: string, ttlMs: number): Promise<boolean>
  /** Takes a name whether it was free or not: its time begins anew. For what happens more than once, as a user's logout. */
  mark(name: string, ttlMs: number): Promise<void>
  /** For how many milliseconds a name stays taken; 0 if it is free. Takes nothing. */
  taken(name: string): Promise<number>

  /** Forgets up to `limit` entries that ended, where the store does not by itself. @returns how many. */
  sweep?(limit: number): Promise<number>
}

import { AuthError } from '../../errors.ts'
import { leadOf } from '../../renewal/schedule.ts'
import type { BffEnvironment } from '../environment.ts'
import type { CookiePieces } from '../http/cookie-pieces.ts'
import type { SessionTicket } from '../keys/session-ticket.ts'
import type { EndedAtProvider, Tombstones } from '../login/tombstones.ts'
import type { CookieSeal } from './cookie-seal.ts'
import { endReplaced } from './end-replaced.ts'
import { FEW_TRIES, persist } from './persist.ts'
import {
  refreshTokensOf,
  validityOf,
  withReplaced,
  type SessionContents,
} from './session-contents.ts'
import type { SessionLimits } from './session-limits.ts'
import { endOf } from './session-record.ts'
import type { SessionRecords } from './session-records.ts'
import type { SessionStore } from './session-store.ts'
import type {
  LiveSession,
  PreviousSession,
  ReplacedSession,
  Sessions,
  SessionTimes,
  WrittenSession,
} from './sessions.ts'
import type { BffRequest } from '../http/exchange.ts'

/** What is remembered of sessions that ended before their cookies do: in a store, or in this process alone. */
export interface DenyList {
  store: Pick<SessionStore, 'mark' | 'taken'>
  tombstones: Tombstones
  isShared: boolean
}

interface CookieParts {
  env: Pick<BffEnvironment, 'now' | 'timer'>
  seal: CookieSeal
  pieces: CookiePieces
  limits: SessionLimits
  /** Of sessions that are being renewed. */
  records: SessionRecords
  denyList: DenyList
}

/** Sessions in cookies, as a whole. Only a sign-in, a renewal and a sign-out set them: no other answer is older than one. */
export class CookieSessions implements Sessions {
  readonly #parts: CookieParts

  constructor(parts: CookieParts) {
    this.#parts = parts
  }

  async ticketOf(request: BffRequest): Promise<SessionTicket | undefined> {
    return (await this.#parts.seal.open(request))?.ticket
  }

  async find(request: BffRequest): Promise<LiveSession | undefined> {
    const session = await this.#parts.seal.open(request)
    if (!session || !(await this.lives(session))) return undefined
    return this.#withRenewal(session)
  }

  async create(contents: SessionContents, codeVerifier: string): Promise<WrittenSession> {
    const { env, seal, limits } = this.#parts
    const createdAt = env.now()
    const record = { createdAt, idleUntil: createdAt, absoluteUntil: createdAt + limits.absoluteMs }
    const [ticket] = await seal.ticketsOfSignIn(codeVerifier)
    return this.write({ ticket, record, contents })
  }

  /** The session as it is from now on. The user is there: the idle limit moves. @throws ProblemError `session_too_large` */
  async write({ ticket, record, contents }: LiveSession): Promise<WrittenSession> {
    const { env, seal, pieces, limits } = this.#parts
    const now = env.now()
    const { createdAt } = record
    const own = contents.tokens['']
    // What cannot be renewed ends with its access token.
    const canRenew = contents.refreshToken !== undefined
    const absoluteUntil =
      canRenew || !own
        ? record.absoluteUntil
        : Math.min(record.absoluteUntil, now + validityOf(own, now))
    const idleUntil = canRenew ? Math.min(now + limits.idleMs, absoluteUntil) : absoluteUntil
    const session = { ticket, record: { createdAt, idleUntil, absoluteUntil }, contents }
    const setCookies = pieces.write(
      await seal.seal(session),
      Math.ceil((absoluteUntil - now) / 1000),
    )
    return { session: this.#withRenewal(session), setCookies }
  }

  /** No cookie is set here: its idle limit moves when it is renewed, which is early enough. */
  async touch(): Promise<void> {}

  async lives({ ticket, record, contents }: LiveSession): Promise<boolean> {
    const { env, denyList } = this.#parts
    if (endOf(record) <= env.now()) return false
    const [ended, endedAtProvider] = await Promise.all([
      denyList.store.taken(nameOf(ticket.storeKey)),
      denyList.tombstones.haveEnded(contents.claims, record.createdAt),
    ])
    return ended <= 0 && !endedAtProvider
  }

  async end(request: BffRequest): Promise<LiveSession | undefined> {
    const { env, records } = this.#parts
    const session = await persist(env, () => this.find(request))
    if (!session) return undefined
    const { ticket, record, contents } = session
    await persist(env, () => this.#deny(ticket.storeKey, record))
    // A renewal may have been answered whose cookies the browser does not have yet.
    const renewed = await records.end(ticket)
    return renewed && renewed.contents.generation > contents.generation ? renewed : session
  }

  async endOfSignIn(codeVerifier: string): Promise<LiveSession[]> {
    const { env, seal, limits, records } = this.#parts
    const tickets = await seal.ticketsOfSignIn(codeVerifier)
    const absoluteUntil = env.now() + limits.absoluteMs
    const ended = await Promise.all(
      tickets.map(async (ticket) => {
        await persist(env, () => this.#deny(ticket.storeKey, { absoluteUntil }))
        return records.end(ticket)
      }),
    )
    return ended.filter((session) => session !== null)
  }

  async ofBrowser(request: BffRequest): Promise<LiveSession[]> {
    const session = await this.#parts.seal.open(request)
    return session ? [session] : []
  }

  async endByKey(storeKey: string): Promise<void> {
    const { env, limits, records } = this.#parts
    await this.#deny(storeKey, { absoluteUntil: env.now() + limits.absoluteMs })
    await records.deleteByKey(storeKey)
  }

  async previousOf(request: BffRequest): Promise<PreviousSession | undefined> {
    const session = await this.#parts.seal.open(request)
    return session && this.toPrevious(session)
  }

  toPrevious({ ticket, contents }: LiveSession): PreviousSession {
    const { storeKey, cookie: secret } = ticket
    const { sub } = contents.claims
    return { storeKey, secret, refreshTokens: refreshTokensOf(contents), sub }
  }

  async endPrevious(previous: PreviousSession, sub: string): Promise<ReplacedSession> {
    const { env, limits } = this.#parts
    const absoluteUntil = env.now() + limits.absoluteMs
    const deny = () => this.#deny(previous.storeKey, { absoluteUntil })
    const { refreshTokens = [], sub: whose } = previous
    try {
      await persist(env, deny, FEW_TRIES)
      const held = await endReplaced(this.#parts, previous, sub)
      if (held.refreshTokens.length > 0) return held
    } catch (error) {
      if (!(error instanceof AuthError)) throw error
    }
    // It was not renewed in the last minutes, or nobody can say: then the one in its cookies is its newest.
    return { sub: whose, refreshTokens }
  }

  answerFor(
    { session }: WrittenSession,
    refreshTokens: readonly string[],
  ): Promise<WrittenSession> {
    return this.write({ ...session, contents: withReplaced(session.contents, refreshTokens) })
  }

  async endAtProvider(ended: EndedAtProvider): Promise<undefined> {
    // The tombstone is what ends them. These are those that are being renewed: they must not be written again.
    await this.#parts.records.deleteBy(ended)
  }

  deletion(): string[] {
    return this.#parts.pieces.write('', 0)
  }

  async #deny(
    storeKey: string,
    { absoluteUntil }: Pick<SessionTimes, 'absoluteUntil'>,
  ): Promise<void> {
    const { env, denyList } = this.#parts
    const left = Math.max(1, absoluteUntil - env.now())
    const marked = denyList.store.mark(nameOf(storeKey), left)
    // A process that has no room for one more goes on without.
    await (denyList.isShared ? marked : marked.catch(() => {}))
  }

  /** A little before the access token is over, and before the idle limit is, if the user is there. */
  #withRenewal(session: LiveSession): LiveSession {
    const { idleUntil, absoluteUntil } = session.record
    const { refreshToken, tokens } = session.contents
    const own = tokens['']
    if (refreshToken === undefined || !own) return session
    const due = own.sentAt + own.lifetime - leadOf(own.lifetime)
    const halfIdle = idleUntil < absoluteUntil ? idleUntil - this.#parts.limits.idleMs / 2 : due
    return { ...session, renewAt: Math.min(due, halfIdle) }
  }
}

const nameOf = (storeKey: string): string => `ended:${storeKey}`

import { AuthError } from '../../errors.ts'
import type { RelyingParty } from '../../oauth/relying-party.ts'
import { backoff } from '../../renewal/backoff.ts'
import { refresh, type FailedRefresh, type RefreshOutcome } from '../../renewal/refresh.ts'
import { MIN_REFRESH_INTERVAL_MS } from '../../renewal/schedule.ts'
import { CLEAN_HISTORY, type RefreshHistory } from '../../renewal/verdict.ts'
import type { Background } from '../background.ts'
import type { BffEnvironment } from '../environment.ts'
import { sessionName, type Emit } from '../events.ts'
import { ProblemError } from '../http/problem.ts'
import type { SessionTicket } from '../keys/session-ticket.ts'
import type { Provider } from '../provider.ts'
import { withGrant, type SessionContents } from '../sessions/session-contents.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { SessionRecords, StoredSession } from '../sessions/session-records.ts'
import { tokenAtHand, type AccessNeed } from './access-need.ts'
import { endSession, type SessionOver } from './end-session.ts'
import { historyAfter } from './history-after.ts'
import { MAX_WAIT_MS, underLease } from './lease.ts'
import type { Limiter } from './limiter.ts'
import type { Revocations } from './revocations.ts'
import { SessionWriter } from './session-writer.ts'
import { assertNoPause, floorLeft } from './pace.ts'
import { pause } from './wait.ts'

/** How often a refresh looks again because another instance was faster. */
const MAX_ROUNDS = 5

export interface SessionRefreshParts {
  env: BffEnvironment
  store: SessionStore
  sessions: SessionRecords
  provider: Provider
  revocations: Revocations
  limiter: Limiter
  emit: Emit
  /** What a sign-in asked for; a refresh for the session's own token names the first resource. */
  config: { scope: string; resource?: readonly string[] | undefined }
}

/** What a refresh is under way for: of its own, so that nobody mixes up two. */
interface Running {
  ticket: SessionTicket
  /** Names it among all that ever had the lease. */
  holder: string
  background: Background
}

/** One request at the token endpoint, and what it was made with. */
interface Sent {
  session: StoredSession
  refreshToken: string
  sentAt: number
  /** What was known of the refresh token before. */
  history: RefreshHistory
  /** Who may have sent the same one, and not have the answer yet. */
  rival: string | undefined
  background: Background
}

/** One refresh of one session for one need: exactly once over all instances, whoever asks and whoever leaves. */
export class SessionRefresh {
  readonly #parts: SessionRefreshParts
  readonly #writer: SessionWriter
  /** Refusals of one need in words that may speak of the whole session. */
  readonly #doubtful = new WeakSet<AuthError>()

  constructor(parts: SessionRefreshParts) {
    this.#parts = parts
    this.#writer = new SessionWriter(parts.env, parts.sessions)
  }

  /** @returns the session with a token for the need. @throws AuthError, ProblemError */
  async run(
    ticket: SessionTicket,
    need: AccessNeed,
    background: Background,
  ): Promise<StoredSession> {
    const { env, store, sessions } = this.#parts
    const look = async () => {
      const session = await sessions.read(ticket)
      if (!session) throw new ProblemError('not_authenticated')
      return tokenAtHand(session.contents, need, env.now()) && session
    }
    const work = async (holder: string) => {
      const running = { ticket, holder, background }
      try {
        return await this.#round(need, running)
      } catch (error) {
        if (error instanceof AuthError && this.#doubtful.has(error)) await this.#confirm(running)
        throw error
      }
    }
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const session = await underLease({ env, store, background }, ticket.storeKey, { look, work })
      if (session) return session
    }
    throw overtakenError()
  }

  /** The session's own request tells whether it lives. @throws ProblemError where it does not */
  async #confirm(running: Running): Promise<void> {
    const session = await this.#parts.sessions.read(running.ticket)
    const need = { key: '', minValidity: 0, after: session?.contents.tokens['']?.generation }
    await this.#round(need, running).catch((error: unknown) => {
      if (error instanceof ProblemError) throw error
    })
  }

  /** @returns undefined where another instance was faster: look again, when it is done */
  async #round(
    need: AccessNeed,
    { ticket, holder, background }: Running,
  ): Promise<StoredSession | undefined> {
    const { env, sessions, provider, limiter } = this.#parts
    // Read anew: another instance may have refreshed while this one waited for the lease.
    const session = await sessions.read(ticket)
    if (!session) throw new ProblemError('not_authenticated')
    const { contents } = session
    if (tokenAtHand(contents, need, env.now())) return session
    if (floorLeft(contents, need, env.now()) > 0 && need.after !== undefined) return session
    await assertNoPause(sessions, session, need)
    const { refreshToken } = contents
    if (refreshToken === undefined) {
      return this.#end(session, { reason: 'no_refresh_token' }, background)
    }
    const party = await provider.party(background)
    await pause(env, floorLeft(contents, need, env.now()))
    return limiter.run(async () => {
      const sentAt = env.now()
      // Who finds this, and no lease, knows that the refresh token may be spent.
      const started = await sessions.replace(session, contents, {
        phase: 'started',
        startedAt: sentAt,
        holder,
      })
      if (!started) return undefined
      // An instance began a refresh, and has not told what came of it.
      const { refresh: left } = session.record
      const wasLeft = left.phase === 'started'
      const history = wasLeft ? { ...contents.history, ambiguous: true } : contents.history
      const mayBeThere = wasLeft && Math.abs(sentAt - left.startedAt) < MAX_WAIT_MS
      const rival = mayBeThere ? left.holder : undefined
      const sent = { session: started, refreshToken, sentAt, history, rival, background }
      return this.#settle(sent, need, await this.#request(party, sent, need))
    })
  }

  #request(
    party: RelyingParty,
    { session, refreshToken, sentAt, history }: Sent,
    need: AccessNeed,
  ): Promise<RefreshOutcome> {
    const { config } = this.#parts
    const { contents } = session
    const own = contents.tokens['']
    const newest = Math.max(...Object.values(contents.tokens).map((token) => token.sentAt))
    return refresh(party, {
      refreshToken,
      previous: contents.claims,
      sincePreviousMs: sentAt - newest,
      history,
      narrowed: need.key !== '',
      // What was granted before is what is asked for (RFC 6749 §6).
      requestedScope: need.scope ?? own?.scope ?? config.scope,
      scope: need.scope,
      resource: need.resource ?? config.resource?.slice(0, 1),
    })
  }

  async #settle(
    sent: Sent,
    need: AccessNeed,
    outcome: RefreshOutcome,
  ): Promise<StoredSession | undefined> {
    if (outcome.kind !== 'refreshed') return this.#failed(sent, need, outcome)
    const { emit, env } = this.#parts
    const { grant } = outcome
    const { key } = need
    const session = await this.#write(sent, grant.refreshToken, (contents) =>
      withGrant(contents, { key, grant, sentAt: sent.sentAt }),
    )
    const name = sessionName(sent.session.ticket)
    for (const error of grant.notes ?? [])
      emit({ type: 'note', session: name, error: error.toJSON() })
    const { generation } = session.contents
    const durationMs = env.now() - sent.sentAt
    emit({ type: 'session-refreshed', session: name, generation, durationMs })
    return session
  }

  async #failed(
    sent: Sent,
    need: AccessNeed,
    outcome: FailedRefresh,
  ): Promise<StoredSession | undefined> {
    const { emit, env, revocations } = this.#parts
    const { error, newest } = outcome
    const name = sessionName(sent.session.ticket)
    revocations.revoke([outcome.discarded], sent.background)
    if (outcome.kind === 'terminal') {
      // Of an answer that came the newest refresh token is here: no other one is to be waited for.
      const rival = error.code === 'refresh_refused' ? sent.rival : undefined
      return this.#end(sent.session, { reason: outcome.reason, error, rival }, sent.background)
    }
    const before = sent.session.contents.pauses[need.key]
    const failures = (before?.failures ?? 0) + 1
    const ms = backoff(failures, env.random(), error.retryAfter)
    const refused = outcome.kind === 'need'
    const entry = { until: env.now() + ms, failures, error: error.toJSON(), refused }
    await this.#write(sent, newest, (contents) => ({
      ...contents,
      ...(newest !== undefined && { refreshToken: newest }),
      history: newest === undefined ? historyAfter(sent.history, need, outcome) : CLEAN_HISTORY,
      pauses: { ...contents.pauses, [need.key]: entry },
    }))
    await this.#writer.pause(sent.session.ticket, need.key, ms)
    if (refused) emit({ type: 'token-refused', session: name, error: error.toJSON() })
    else emit({ type: 'refresh-failed', session: name, retryAfter: ms, error: error.toJSON() })
    const told = AuthError.from({ ...error.toJSON(), retryAfter: ms })
    if (outcome.kind === 'need' && outcome.doubtful) this.#doubtful.add(told)
    throw told
  }

  /** What came of a request is not lost to a store that is away for a moment, nor to another writer. */
  async #write(
    { session, refreshToken, background }: Sent,
    newest: string | undefined,
    change: (contents: SessionContents) => SessionContents,
  ): Promise<StoredSession> {
    const written = await this.#writer.write(session, refreshToken, change)
    if (written) return written
    // Signed out meanwhile, and that wins. A newer session of the same user may live by the same grant.
    const wasReplaced = await this.#writer.wasReplaced(session.ticket)
    if (!wasReplaced) this.#parts.revocations.revoke([newest ?? refreshToken], background)
    throw new ProblemError('not_authenticated')
  }

  #end(session: StoredSession, over: SessionOver, background: Background): Promise<undefined> {
    return endSession({ ...this.#parts, writer: this.#writer, background }, session, over)
  }
}

function overtakenError(): AuthError {
  return new AuthError('provider_unavailable', {
    message: 'Other instances renewed this session at the same time. Try again.',
    retryAfter: MIN_REFRESH_INTERVAL_MS,
  })
}

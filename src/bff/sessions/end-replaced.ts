import { decode } from 'jose/base64url'
import type { BffEnvironment } from '../environment.ts'
import { FEW_TRIES, persist } from './persist.ts'
import { refreshTokensOf } from './session-contents.ts'
import type { SessionRecords } from './session-records.ts'
import type { PreviousSession, ReplacedSession } from './sessions.ts'

/**
 * Ends what a store has of a session that another one replaces.
 * @param sub who signed in
 */
export async function endReplaced(
  { env, records }: { env: Pick<BffEnvironment, 'timer'>; records: SessionRecords },
  { storeKey, secret }: PreviousSession,
  sub: string,
): Promise<ReplacedSession> {
  // Neither its cookie nor its key's name is asked for to read a record.
  const ticket = { cookie: '', kid: '', storeKey, secret: new Uint8Array(decode(secret)) }
  const before = await persist(env, () => records.read(ticket), FEW_TRIES).catch(() => undefined)
  if (before?.contents.claims.sub === sub) {
    await persist(env, () => records.markReplaced(ticket), FEW_TRIES).catch(() => {})
  }
  // As it is at its end: a refresh may have written a newer refresh token a moment ago. Where it does not end, its refresh
  // tokens are to be revoked all the same.
  const ended = await records.end(ticket, FEW_TRIES).catch(() => before)
  return {
    sub: (ended ?? before)?.contents.claims.sub,
    refreshTokens: ended ? refreshTokensOf(ended.contents) : [],
  }
}

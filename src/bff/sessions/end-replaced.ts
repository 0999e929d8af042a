import { decode } from 'jose/base64url'
import { refreshTokensOf } from './session-contents.ts'
import type { SessionRecords } from './session-records.ts'
import type { PreviousSession, ReplacedSession } from './sessions.ts'

/**
 * Ends what a store has of a session that another one replaces.
 * @param sub who signed in
 */
export async function endReplaced(
  records: SessionRecords,
  { storeKey, secret }: PreviousSession,
  sub: string,
): Promise<ReplacedSession> {
  // Neither its cookie nor its key's name is asked for to read a record.
  const ticket = { cookie: '', kid: '', storeKey, secret: new Uint8Array(decode(secret)) }
  const before = await records.read(ticket)
  if (before?.contents.claims.sub === sub) await records.markReplaced(ticket)
  // As it is at its end: a refresh may have written a newer refresh token a moment ago.
  const ended = before && (await records.delete(ticket))
  // Also where it cannot be read, it is over.
  if (!before) await records.deleteByKey(storeKey)
  return {
    sub: before?.contents.claims.sub,
    refreshTokens: ended ? refreshTokensOf(ended.contents) : [],
  }
}

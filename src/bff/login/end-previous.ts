import { sessionName, type Emit } from '../events.ts'
import type { PreviousSession, Sessions, WrittenSession } from '../sessions/sessions.ts'
import type { Revocations } from '../tokens/revocations.ts'
import type { Background } from '../background.ts'

interface EndPreviousParts {
  sessions: Sessions
  revocations: Revocations
  emit: Emit
}

/**
 * One browser has one session: those before end here, for their cookie is replaced, and nobody will spend their refresh
 * tokens. Of another user it is revoked now. Of the same user the new session revokes it with its own:
 * providers may tie both to one grant, and end that with either (RFC 7009 §2.1).
 * @param all those that it replaces @returns the new session, as it is now
 */
export async function endPrevious(
  { sessions, revocations, emit }: EndPreviousParts,
  background: Background,
  opened: WrittenSession,
  all: readonly (PreviousSession | undefined)[],
): Promise<WrittenSession> {
  const { sub } = opened.session.contents.claims
  const kept: string[] = []
  const seen = new Set([opened.session.ticket.storeKey])
  for (const one of all) {
    if (!one || seen.has(one.storeKey)) continue
    seen.add(one.storeKey)
    const session = sessionName(one)
    // The user is signed in whatever the store says of it; what stays runs out.
    const { sub: whose = sub, refreshTokens } = await sessions
      .endPrevious(one, sub)
      .catch(() => ({ refreshTokens: [] as readonly string[], sub: undefined }))
    const isOther = whose !== sub
    if (isOther) revocations.revoke(refreshTokens, background)
    else kept.push(...refreshTokens)
    emit({
      ...{ type: 'session-ended', session, reason: 'replaced' },
      ...(refreshTokens.length > 0 && { refreshToken: isOther ? 'revoked' : 'kept' }),
    })
  }
  if (kept.length === 0) return opened
  const answering = await sessions.answerFor(opened, kept).catch(() => opened)
  // The user signed out at this very moment.
  if (!answering) revocations.revoke(kept, background)
  return answering ?? opened
}

import { sessionName, type Emit } from '../events.ts'
import type { PreviousSession, Sessions, WrittenSession } from '../sessions/sessions.ts'
import type { Revocations } from '../tokens/revocations.ts'
import type { Call } from '../routes/route.ts'

interface EndPreviousParts {
  sessions: Sessions
  revocations: Revocations
  emit: Emit
}

/**
 * One browser has one session: the one before ends here, for its cookie is about to be replaced, and nobody will spend
 * its refresh token. Of another user it is revoked now. Of the same user the new session revokes it with its own:
 * providers may tie both to one grant, and end that with either (RFC 7009 §2.1).
 * @param opened the new session @returns it, as it is now
 */
export async function endPrevious(
  { sessions, revocations, emit }: EndPreviousParts,
  { request, background }: Pick<Call, 'request' | 'background'>,
  previous: PreviousSession | undefined,
  opened: WrittenSession,
): Promise<WrittenSession> {
  // Another sign-in may have been finished meanwhile: where the cookie comes along, it is the later one.
  const now = await sessions.previousOf(request).catch(() => undefined)
  const { sub } = opened.session.contents.claims
  const kept: string[] = []
  for (const one of now?.storeKey === previous?.storeKey ? [now ?? previous] : [now, previous]) {
    if (!one) continue
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

import type { AuthError } from '../../errors.ts'
import type { ExpiryReason } from '../../renewal/expiry-reason.ts'
import type { Background } from '../background.ts'
import type { BffEnvironment } from '../environment.ts'
import { sessionName, type Emit } from '../events.ts'
import { ProblemError } from '../http/problem.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { StoredSession } from '../sessions/session-records.ts'
import { waitForHolder } from './lease.ts'
import type { Revocations } from './revocations.ts'
import type { SessionWriter } from './session-writer.ts'

interface EndParts {
  env: BffEnvironment
  store: SessionStore
  writer: SessionWriter
  revocations: Revocations
  background: Background
  emit: Emit
}

/** What says that a session is over, and whose refresh may say otherwise. */
export interface SessionOver {
  reason: ExpiryReason
  error?: AuthError
  /** The holder of a refresh of the same refresh token that was found begun, and may be under way. */
  rival?: string | undefined
}

/**
 * Ends a session that cannot be renewed, if it still is as it was: a refusal speaks of the refresh token that was sent,
 * and another instance may have the answer in which there is a newer one.
 * @returns undefined where another instance has written meanwhile: look again
 * @throws ProblemError where the session is over
 */
export async function endSession(
  { env, store, writer, revocations, background, emit }: EndParts,
  { ticket, record, contents }: StoredSession,
  { reason, error, rival }: SessionOver,
): Promise<undefined> {
  const moved = async () => {
    const now = await writer.read(ticket)
    return now?.record.version === record.version ? undefined : { now }
  }
  const isMoved =
    rival === undefined ? await moved() : await waitForHolder({ env, store }, rival, moved)
  if (isMoved) return undefined
  const deleted = await writer.delete(ticket, record.version)
  // Null also where the answer to a deletion was lost, and it was asked for again: then only the record can say.
  const left = deleted ? undefined : await writer.read(ticket)
  if (left && left.record.version !== record.version) return undefined
  revocations.revoke(contents.replaced ?? [], background)
  const session = sessionName(ticket)
  emit({ type: 'session-ended', session, reason, ...(error && { error: error.toJSON() }) })
  const code = reason === 'answer_lost' ? 'reauth_required' : 'session_expired'
  throw new ProblemError(code, { reason, error: error?.error })
}

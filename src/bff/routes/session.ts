import { jsonResponse } from '../http/responses.ts'
import { endPrevious } from '../login/end-previous.ts'
import type { LoginTransactions } from '../login/transactions.ts'
import { sessionAnswer } from '../sessions/session-answer.ts'
import { findSession } from '../sessions/session-of-request.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import type { Revocations } from '../tokens/revocations.ts'
import type { Call, Route, RouteParts } from './route.ts'

interface SessionParts extends RouteParts {
  transactions: LoginTransactions
  revocations: Revocations
}

/** Who is signed in. Nobody is an answer too, and no error. */
export function sessionRoute(parts: SessionParts): Route {
  const { env, settings, sessions } = parts
  return {
    methods: ['GET'],
    guarded: true,
    async answer(call) {
      const { request, url } = call
      const session = await findSession(parts, request)
      // A page that asks by itself keeps no session alive.
      if (session && url.searchParams.get('slide') !== 'false') await sessions.touch(session)
      const setCookies = session ? await endOvertaken(parts, call, session) : []
      return jsonResponse(sessionAnswer(session, settings.claims, env.now()), setCookies)
    },
  }
}

/**
 * Of sign-ins that were finished at once the browser kept the session whose answer came last. It has the cookies of the
 * others' ends, too: their sessions came before, and nobody has them any more. They end behind the answer: who is signed in
 * is known, whatever the store says of the others.
 * @returns `Set-Cookie` headers by which it forgets them
 */
async function endOvertaken(
  parts: SessionParts,
  { request, background }: Call,
  session: LiveSession,
): Promise<string[]> {
  const { transactions, revocations } = parts
  const { storeKey } = session.ticket
  const { sub } = session.contents.claims
  const overtaken = (await transactions.finished(request)).filter(
    (one) => one.session.storeKey !== storeKey,
  )
  const ended = overtaken.map(({ session: { storeKey, secret, ...rest } }) => {
    const isOther = rest.sub !== undefined && rest.sub !== sub
    // No session's cookie is set here. Where sessions are in cookies, the same user's refresh tokens have nowhere to go and
    // expire by themselves.
    return { storeKey, secret, ...(isOther && rest) }
  })
  if (ended.length > 0) {
    const opened = { session, setCookies: [] }
    revocations.after(endPrevious(parts, background, opened, ended), background)
  }
  return transactions.deletionOfFinished(overtaken)
}

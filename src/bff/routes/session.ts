import { jsonResponse } from '../http/responses.ts'
import { sessionAnswer } from '../sessions/session-answer.ts'
import { findSession } from '../sessions/session-of-request.ts'
import type { Route, RouteParts } from './route.ts'

/** Who is signed in. Nobody is an answer too, and no error. */
export function sessionRoute(parts: RouteParts): Route {
  const { env, settings, sessions } = parts
  return {
    methods: ['GET'],
    guarded: true,
    async answer({ request, url }) {
      const session = await findSession(parts, request)
      // A page that asks by itself keeps no session alive.
      if (session && url.searchParams.get('slide') !== 'false') await sessions.touch(session)
      return jsonResponse(sessionAnswer(session, settings.claims, env.now()))
    },
  }
}

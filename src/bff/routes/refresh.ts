import { jsonResponse } from '../http/responses.ts'
import { sessionAnswer } from '../sessions/session-answer.ts'
import { requireSession } from '../sessions/session-of-request.ts'
import type { Tokens } from '../tokens/tokens.ts'
import type { Route, RouteParts } from './route.ts'

/** Renews the session's own access token now. */
export function refreshRoute(parts: RouteParts & { tokens: Tokens }): Route {
  const { env, settings, sessions, tokens } = parts
  return {
    methods: ['POST'],
    guarded: true,
    async answer({ request, background }) {
      const session = await requireSession(parts, request)
      await sessions.touch(session)
      const renewed = await tokens.renew(session, background)
      const answer = sessionAnswer(renewed.session, settings.claims, env.now())
      return jsonResponse(answer, renewed.setCookies)
    },
  }
}

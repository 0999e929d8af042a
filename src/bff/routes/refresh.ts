import { jsonResponse } from '../http/responses.ts'
import { sessionAnswer } from '../sessions/session-answer.ts'
import { requireSession } from '../sessions/session-of-request.ts'
import type { TokenSource } from '../tokens/token-source.ts'
import type { Route, RouteParts } from './route.ts'

/** Renews the session's own access token now. */
export function refreshRoute(parts: RouteParts & { tokens: TokenSource }): Route {
  const { env, settings, sessions, tokens } = parts
  return {
    methods: ['POST'],
    guarded: true,
    async answer({ request, waitUntil }) {
      const session = await requireSession(parts, request)
      await sessions.touch(session)
      const after = session.contents.tokens['']?.generation
      const need = { key: '', minValidity: 0, after }
      const renewed = await tokens.getToken(session, need, waitUntil)
      return jsonResponse(sessionAnswer(renewed.session, settings.claims, env.now()))
    },
  }
}

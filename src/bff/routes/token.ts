import type { TokenAnswer } from '../../bff-protocol.ts'
import { normalizeNeed, type GivenNeed, type NormalNeed } from '../../renewal/token-need.ts'
import { ProblemError } from '../http/problem.ts'
import { readJson } from '../http/read-parameters.ts'
import { jsonResponse } from '../http/responses.ts'
import { validityOf } from '../sessions/session-contents.ts'
import { requireSession } from '../sessions/session-of-request.ts'
import type { Tokens } from '../tokens/tokens.ts'
import type { Route, RouteParts } from './route.ts'

interface TokenParts extends RouteParts {
  tokens: Tokens
  /** The needs that pages may have, by key. */
  allowed: ReadonlySet<string>
}

const MAX_MIN_VALIDITY_S = 86_400

/**
 * An access token for the page that calls its resources itself (OAuth 2.0 for Browser-Based Applications §6.2): one
 * of those that the options list, letter for letter; never a wider one that happens to be there.
 */
export function tokenRoute(parts: TokenParts): Route {
  const { env, sessions, tokens, allowed } = parts
  return {
    methods: ['POST'],
    guarded: true,
    async answer(call) {
      const { request, background } = call
      const body = await readJson(call)
      const need = needOf(body)
      if (!allowed.has(need.key)) throw new ProblemError('token_not_allowed')
      const minValidity = secondsOf(body['minValidity']) * 1000
      const session = await requireSession(parts, request)
      await sessions.touch(session)
      const after =
        body['forceRefresh'] === true ? session.contents.tokens[need.key]?.generation : undefined
      const found = await tokens.getToken(session, { ...need, minValidity, after }, background)
      const { accessToken, tokenType, scope } = found.token
      const answer: TokenAnswer = {
        sub: found.session.contents.claims.sub,
        accessToken,
        tokenType,
        expiresIn: Math.max(0, Math.floor(validityOf(found.token, env.now()) / 1000)),
        scope,
      }
      return jsonResponse(answer)
    },
  }
}

function needOf({ resource, scope }: Record<string, unknown>): NormalNeed {
  try {
    return normalizeNeed({ resource, scope } as GivenNeed)
  } catch {
    throw new ProblemError('invalid_request')
  }
}

function secondsOf(value: unknown = 0): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_MIN_VALIDITY_S)) {
    throw new ProblemError('invalid_request')
  }
  return value
}

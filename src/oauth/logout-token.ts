import { expectedIssuer } from './issuer.ts'
import { audiencesOf, TOLERANCE_S } from './id-token-claims.ts'
import { isSeconds, isText, type JsonObject } from './json.ts'
import { isAsymmetric, readJwt } from './jwt.ts'
import type { RelyingParty } from './relying-party.ts'
import { isSigned } from './signature.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** §2.4 recommends two minutes; a day is for a provider whose queue was stuck. */
const MAX_AGE_S = 86_400

/** What a logout token ends: one session of the provider's, or all of a user. */
export interface LogoutNotice {
  sub: string | undefined
  sid: string | undefined
  jti: string
  /** Milliseconds until the token itself is over: for so long it may be sent again. */
  validForMs: number
}

/** Why a logout token is refused: for the operator, not for who sent it. */
export interface RefusedLogoutToken {
  refused: string
}

/**
 * OpenID Connect Back-Channel Logout §2.6.
 * @throws AuthError where the provider's keys are out of reach
 */
export async function verifyLogoutToken(
  party: RelyingParty,
  token: string,
): Promise<LogoutNotice | RefusedLogoutToken> {
  const { header, claims } = readJwt(token) ?? {}
  if (!header || !claims) return { refused: 'it is not a signed JWT' }
  const { alg, kid, crit, typ } = header
  // The alg is that of ID tokens (§2.6, 2), not any that some published key fits.
  const advertised = party.metadata.id_token_signing_alg_values_supported ?? ['RS256']
  const algorithms = advertised.filter(isAsymmetric)
  if (typeof alg !== 'string' || !algorithms.includes(alg)) {
    return { refused: `its alg is not ${algorithms.join(', ')}` }
  }
  if (crit !== undefined) return { refused: 'crit' }
  const notice = readNotice(party, claims, typ)
  if ('refused' in notice) return notice
  if (!(await isSigned(party, token, kid, algorithms))) {
    return { refused: 'no key of the provider verifies its signature' }
  }
  return notice
}

function readNotice(
  party: RelyingParty,
  claims: JsonObject,
  typ: unknown,
): LogoutNotice | RefusedLogoutToken {
  const { iss, aud, iat, exp, jti, sub, sid, events, nonce } = claims
  const now = party.context.now() / 1000
  // §2.4: `logout+jwt`, and there may be none. An ID token's is another, or it has no `events`.
  const isLogout = typeof typ === 'string' && /^(application\/)?logout\+jwt$|^JWT$/i.test(typ)
  if (typ !== undefined && !isLogout) return { refused: 'typ' }
  if (iss !== expectedIssuer(party, claims)) return { refused: 'iss' }
  if (!audiencesOf(aud).includes(party.client.clientId)) return { refused: 'aud' }
  // An old one could be sent again after it was forgotten that it came.
  const tooOld = !isSeconds(iat) || iat < now - MAX_AGE_S
  if (tooOld || iat > now + TOLERANCE_S) return { refused: 'iat' }
  if (!isSeconds(exp) || exp <= now - TOLERANCE_S) return { refused: 'exp' }
  if (!isText(jti)) return { refused: 'jti' }
  if (!hasEvent(events)) return { refused: 'events' }
  // So that no ID token can be taken for one (§2.4).
  if (nonce !== undefined) return { refused: 'it has a nonce' }
  if (sub !== undefined && !isText(sub)) return { refused: 'sub' }
  if (sid !== undefined && !isText(sid)) return { refused: 'sid' }
  if (sub === undefined && sid === undefined) return { refused: 'it has neither sub nor sid' }
  const validFor = Math.min(exp + TOLERANCE_S, iat + MAX_AGE_S) - now
  return { sub, sid, jti, validForMs: Math.max(1, validFor) * 1000 }
}

function hasEvent(events: unknown): boolean {
  if (typeof events !== 'object' || events === null) return false
  const event = (events as JsonObject)[EVENT]
  return typeof event === 'object' && event !== null && !Array.isArray(event)
}

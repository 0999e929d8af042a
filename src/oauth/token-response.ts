import { AuthError } from '../errors.ts'
import type { TokenGrant } from './grant-result.ts'
import { isSeconds, isText, type JsonObject } from './json.ts'
import { isAbsent, toRefreshTokenLifetime, toSeconds, toWords } from './normalize-answer.ts'
import { quote } from './protocol-errors.ts'
import type { TokenResponse } from './types.ts'

/** RFC 6749 appendix A.12, A.17: visible characters. */
const VISIBLE_TEXT = /^[\x20-\x7e]+$/

/**
 * The token response (RFC 6749 §5.1), strictly: known members are copied, anything of another type is refused.
 * The refresh token is set apart.
 * @param tokenType the one that was asked for (RFC 6749 §7.1: another must not be used)
 */
export function readTokenResponse(
  json: JsonObject,
  requestedScope: string,
  tokenType: 'Bearer' | 'DPoP' = 'Bearer',
): TokenGrant {
  const text = (name: string, value = json[name]): string | undefined => {
    if (isAbsent(value)) return undefined
    if (typeof value !== 'string' || !VISIBLE_TEXT.test(value)) throw invalidMemberError(name)
    return value
  }
  const access_token = text('access_token')
  const token_type = text('token_type')
  const refreshToken = text('refresh_token')
  const id_token = text('id_token')
  const expires_in = toSeconds(json['expires_in'])
  if (!access_token) throw invalidMemberError('access_token', ASK_FOR_AN_API)
  if (token_type?.toLowerCase() !== tokenType.toLowerCase()) {
    throw invalidMemberError(
      'token_type',
      `It is ${quote(token_type)}; the provider must send token_type: ${tokenType} (RFC 6749 §5.1).`,
    )
  }
  if (expires_in !== undefined && !isSeconds(expires_in)) throw invalidMemberError('expires_in')
  const refresh_token_expires_in = toRefreshTokenLifetime(json)
  const response: TokenResponse = {
    access_token,
    token_type,
    ...(expires_in !== undefined && { expires_in }),
    scope: text('scope', toWords(json['scope'])) ?? requestedScope,
    ...(id_token && { id_token }),
    ...(refresh_token_expires_in && { refresh_token_expires_in }),
  }
  return { response, ...(refreshToken && { refreshToken }) }
}

/** Also of a token response that is refused. */
export function readRefreshToken({ refresh_token }: JsonObject = {}): string | undefined {
  return isText(refresh_token) && VISIBLE_TEXT.test(refresh_token) ? refresh_token : undefined
}

/** Azure AD B2C gives none where only the scopes of OpenID Connect are asked for. */
const ASK_FOR_AN_API = 'The provider gave no access token: ask for a scope of an API.'

function invalidMemberError(name: string, wayOut?: string): AuthError {
  const message = `The token response has no valid ${name}.`
  return new AuthError('invalid_response', {
    message: wayOut === undefined ? message : `${message} ${wayOut}`,
  })
}

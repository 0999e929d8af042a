import { AuthError } from '../errors.ts'
import type { TokenGrant } from './grant-result.ts'
import { isSeconds, type JsonObject } from './json.ts'
import type { TokenResponse } from './types.ts'

/** RFC 6749 appendix A.12, A.17: visible characters. */
const TEXT = /^[\x20-\x7e]*$/

/**
 * The token response (RFC 6749 §5.1), strictly: known members are copied, `null` and empty count as
 * missing (§3.2), anything of another type is refused. The refresh token is set apart.
 */
export function readTokenResponse(json: JsonObject, requestedScope: string): TokenGrant {
  const text = (name: string): string | undefined => {
    const value = json[name] ?? ''
    if (typeof value !== 'string' || !TEXT.test(value)) throw invalid(name)
    return value || undefined
  }
  const access_token = text('access_token')
  const token_type = text('token_type')
  const refreshToken = text('refresh_token')
  const id_token = text('id_token')
  if (!access_token) throw invalid('access_token')
  // DPoP was not asked for.
  if (token_type?.toLowerCase() !== 'bearer') throw invalid('token_type')
  let expires_in = json['expires_in'] ?? undefined
  // Some providers send strings of digits; '3600abc' is none.
  if (typeof expires_in === 'string' && /^\d+$/.test(expires_in)) expires_in = Number(expires_in)
  if (expires_in !== undefined && !isSeconds(expires_in)) throw invalid('expires_in')
  const response: TokenResponse = {
    access_token,
    token_type,
    ...(expires_in !== undefined && { expires_in }),
    scope: text('scope') ?? requestedScope,
    ...(id_token && { id_token }),
  }
  return { response, ...(refreshToken && { refreshToken }) }
}

function invalid(name: string): AuthError {
  return new AuthError('invalid_response', { message: `The token response has no valid ${name}.` })
}

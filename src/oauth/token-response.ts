import { AuthError } from './errors.ts'
import type { JsonObject } from './json.ts'
import type { TokenGrant, TokenResponse } from './types.ts'

/** RFC 6749 appendix A.12, A.17: visible characters. */
const TOKEN = /^[\x20-\x7e]+$/

/**
 * The token response (RFC 6749 §5.1), strictly: known members are copied, `null` and empty count as
 * missing (§3.2), anything of another type is refused. The refresh token is set apart.
 */
export function readTokenResponse(json: JsonObject, requestedScope: string): TokenGrant {
  const access_token = text(json, 'access_token')
  const token_type = text(json, 'token_type')
  const refreshToken = text(json, 'refresh_token')
  const id_token = text(json, 'id_token')
  const expires_in = seconds(json['expires_in'] ?? undefined)
  if (!access_token) throw invalid('access_token')
  // DPoP was not asked for.
  if (token_type?.toLowerCase() !== 'bearer') throw invalid('token_type')
  const response: TokenResponse = {
    access_token,
    token_type,
    ...(expires_in !== undefined && { expires_in }),
    scope: text(json, 'scope') ?? requestedScope,
    ...(id_token && { id_token }),
  }
  return { response, ...(refreshToken && { refreshToken }) }
}

function text(json: JsonObject, name: string): string | undefined {
  const value = json[name] ?? ''
  if (value === '') return undefined
  if (typeof value !== 'string' || !TOKEN.test(value)) throw invalid(name)
  return value
}

/** Numbers, and the strings of digits that some providers send: '3600abc' is neither. */
function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  if (number === undefined) return undefined
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0)
    throw invalid('expires_in')
  return number
}

function invalid(name: string): AuthError {
  return new AuthError('invalid_response', {
    message: `The token response's ${name} is missing or not what RFC 6749 says.`,
  })
}

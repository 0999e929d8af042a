import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import { API_RESOURCE } from './resource.ts'

/** Who calls, as the access token says it. */
export interface Caller {
  sub: string
  /** The token's own name: enough to tell two apart. */
  jti: string
  acr?: string
  authTime?: number
}

/** What is answered instead. */
export interface Refusal {
  status: 401 | 503
  /** RFC 6750 §3.1; without a token nothing is said (§3). */
  challenge?: Record<string, string>
}

export type Verify = (token: string | undefined) => Promise<Caller | Refusal>

/** Verifies access tokens as RFC 9068 §4 says, with the keys that the provider publishes. */
export async function createVerify(issuer: string): Promise<Verify> {
  // Keys that are not known yet are asked for; those that are known stay, because the provider's are for as long as it lives.
  const keys = createRemoteJWKSet(new URL('/jwks', issuer), { cacheMaxAge: Infinity })
  await keys.reload()
  const expected = {
    issuer,
    audience: API_RESOURCE,
    algorithms: ['RS256'],
    typ: 'at+jwt',
    requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'jti'],
    // The provider counts in whole seconds.
    clockTolerance: 1,
  }
  return async (token) => {
    if (token === undefined) return { status: 401 }
    try {
      const { payload } = await jwtVerify(token, keys, expected)
      const { sub = '', jti = '', acr, auth_time: authTime } = payload
      return {
        ...{ sub, jti },
        ...(typeof acr === 'string' && { acr }),
        ...(typeof authTime === 'number' && { authTime }),
      }
    } catch (error) {
      const isToken = error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)
      if (!isToken) return { status: 503 }
      return invalidToken(
        error instanceof errors.JWTExpired ? 'The token has expired.' : 'The token is not valid.',
      )
    }
  }
}

export const invalidToken = (description: string): Refusal => ({
  status: 401,
  challenge: { error: 'invalid_token', error_description: description },
})

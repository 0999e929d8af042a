import { CompactSign, decodeJwt, decodeProtectedHeader, importJWK, type JWK } from 'jose'
import type { Answer } from './forward.ts'
import type { ProviderSettings } from './settings.ts'

type Json = Record<string, unknown>

/** How tests change what the token endpoint answers. */
export interface Alterations {
  body?: ((body: Json, grantType: string | undefined) => Json) | undefined
  idToken?: ((claims: Json, grantType: string | undefined) => Json) | undefined
}

export interface TokenAnswers {
  change(answer: Answer, grantType: string | undefined): Promise<Answer>
  /** Gives the ID token that the provider signed for one that was signed anew, because the provider refuses hints from the future. */
  original(idToken: string): string
}

const TIMES = ['iat', 'exp', 'nbf', 'auth_time']

/** Changes token answers on their way out: `expires_in`, and ID tokens, which are signed anew with a shifted clock. */
export function createTokenAnswers(
  key: JWK,
  settings: ProviderSettings,
  alterations: Alterations,
): TokenAnswers {
  const originals = new Map<string, string>()

  async function resign(idToken: string, grantType: string | undefined): Promise<string> {
    const { clockOffsetMs } = settings
    if (clockOffsetMs === 0 && !alterations.idToken) return idToken
    let claims: Json = { ...decodeJwt(idToken) }
    for (const name of TIMES) {
      const time = claims[name]
      if (typeof time === 'number') claims[name] = time + Math.round(clockOffsetMs / 1000)
    }
    claims = alterations.idToken?.(claims, grantType) ?? claims
    const signed = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ ...decodeProtectedHeader(idToken), alg: 'RS256' })
      .sign(await importJWK(key, 'RS256'))
    originals.set(signed, idToken)
    return signed
  }

  return {
    async change(answer, grantType) {
      if (answer.status !== 200) return answer
      let body = JSON.parse(answer.body.toString()) as Json
      if (grantType === 'refresh_token' && !settings.idTokenOnRefresh) delete body['id_token']
      if (typeof body['id_token'] === 'string') {
        body['id_token'] = await resign(body['id_token'], grantType)
      }
      const { expiresIn } = settings
      if (expiresIn === 'omit') delete body['expires_in']
      else if (expiresIn !== 'keep') body['expires_in'] = expiresIn.value
      body = alterations.body?.(body, grantType) ?? body
      const { 'content-length': _, ...headers } = answer.headers
      return { ...answer, headers, body: Buffer.from(JSON.stringify(body)) }
    },
    original: (idToken) => originals.get(idToken) ?? idToken,
  }
}

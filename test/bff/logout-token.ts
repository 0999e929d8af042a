import { CompactSign, type CompactJWSHeaderParameters } from 'jose'
import { ORIGIN, type BffSetup } from './setup.ts'

export const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} }

export type Claims = Record<string, unknown>
export type Header = Record<string, string | undefined>

/** A logout token as the provider makes it, with changes. */
export async function logoutToken(
  { provider, env }: Pick<BffSetup, 'provider' | 'env'>,
  change: Claims = {},
  header: Header = {},
): Promise<string> {
  const now = Math.floor(env.now() / 1000)
  const claims = {
    iss: provider.issuer,
    aud: provider.clientId,
    iat: now,
    exp: now + 120,
    jti: crypto.randomUUID(),
    sid: 'session-1',
    sub: 'user-1',
    events: EVENTS,
    ...change,
  }
  const key = provider.signWith ?? provider.keys[0]!
  const { kid, alg } = key.jwk as { kid: string; alg: string }
  const all = { alg, kid, typ: 'logout+jwt', ...header } as CompactJWSHeaderParameters
  const signed = new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
  return signed.setProtectedHeader(all).sign(key.privateKey)
}

export function notify(
  { bff }: Pick<BffSetup, 'bff'>,
  token: string,
  init: RequestInit = {},
): Promise<Response> {
  const body = new URLSearchParams({ logout_token: token })
  return bff.handle(
    new Request(`${ORIGIN}/bff/backchannel-logout`, { method: 'POST', body, ...init }),
  ) as Promise<Response>
}

import type { Code } from './grants.ts'

/** What the user allows, when they sign in at once: it is the request's own words (OpenID Connect Core §3.1.2.1). */
export function grantedTo(request: URLSearchParams, subject: string, authTime: number): Code {
  return {
    subject,
    scope: request.get('scope') ?? '',
    nonce: request.get('nonce'),
    redirectUri: request.get('redirect_uri'),
    challenge: request.get('code_challenge'),
    authTime,
    alive: true,
  }
}

/** The parameters of the redirect back (RFC 6749 §4.1.2, RFC 9207 §2); those of `change` over the right ones. */
export function authorizationResponse(
  request: URLSearchParams,
  code: string,
  issuer: string,
  change: Record<string, string | undefined>,
): string {
  const right = { code, state: request.get('state') ?? undefined, iss: issuer }
  const given = Object.entries({ ...right, ...change }).filter(
    (pair): pair is [string, string] => !!pair[1],
  )
  return `?${new URLSearchParams(given).toString()}`
}

/** The answer of the endpoint itself: back to the redirect URI, with the response's parameters beside its own. */
export function redirect(requestUrl: string, query: string): Response {
  const back = new URL(new URL(requestUrl).searchParams.get('redirect_uri') ?? '')
  for (const [name, value] of new URLSearchParams(query)) back.searchParams.set(name, value)
  return new Response(null, { status: 302, headers: { location: back.href } })
}

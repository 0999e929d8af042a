// An OpenID provider that says yes at once: what is measured is the client. Speaks `Request → Response`, so that it can
// be called in one process (as `fetch`) or served over HTTP.
import { createServer } from 'node:http'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'

const json = { 'content-type': 'application/json' }
const cors = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }

/** @param {string} issuer */
export async function createProvider(issuer) {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(jwk)
  /** @type {Map<string, { idToken: string }>} */
  const codes = new Map()
  /** @type {string[]} */
  const requests = []
  let issued = 0

  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    end_session_endpoint: `${issuer}/end`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    id_token_signing_alg_values_supported: ['ES256'],
    authorization_response_iss_parameter_supported: true,
  }

  /** @param {string | null} [nonce] */
  const idToken = (nonce) =>
    new SignJWT(nonce ? { nonce } : {})
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(issuer)
      .setAudience('bench')
      .setSubject('ada')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey)

  /**
   * The authorization response. Signs here, before anybody's clock runs.
   *
   * @param {URL} url
   */
  async function authorize({ searchParams }) {
    const code = crypto.randomUUID()
    codes.set(code, { idToken: await idToken(searchParams.get('nonce')) })
    const back = new URL(searchParams.get('redirect_uri') ?? '')
    back.searchParams.set('code', code)
    back.searchParams.set('state', searchParams.get('state') ?? '')
    back.searchParams.set('iss', issuer)
    return back.href
  }

  /** @param {URLSearchParams} form */
  function token(form) {
    const code = form.get('code')
    const granted = code === null ? undefined : codes.get(code)
    if (code !== null && !granted) return { error: 'invalid_grant' }
    codes.delete(code ?? '')
    return {
      access_token: `at-${++issued}`,
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'openid profile email offline_access',
      refresh_token: `rt-${issued}`,
      ...(granted && { id_token: granted.idToken }),
    }
  }

  /**
   * @param {string | URL} input
   * @param {{ method?: string, body?: any }} [init]
   */
  async function answer(input, { body } = {}) {
    const url = new URL(input)
    const path = url.pathname.slice(new URL(issuer).pathname.replace(/\/$/, '').length)
    requests.push(path)
    const headers = { ...json, ...cors }
    switch (path) {
      case '/.well-known/openid-configuration':
        return Response.json(metadata, { headers })
      case '/jwks':
        return Response.json({ keys: [{ ...jwk, kid, alg: 'ES256', use: 'sig' }] }, { headers })
      case '/token': {
        const result = token(new URLSearchParams(String(body)))
        return Response.json(result, { status: 'error' in result ? 400 : 200, headers })
      }
      case '/authorize':
        return new Response(null, { status: 302, headers: { location: await authorize(url) } })
      default:
        return new Response(null, { status: 404, headers: cors })
    }
  }

  return { metadata, authorize, answer, requests }
}

/** The same over HTTP on a port of its own. `latency`: milliseconds before each answer. */
export async function serveProvider({ latency = 0 } = {}) {
  /** @type {Awaited<ReturnType<typeof createProvider>> | undefined} */
  let provider
  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  const serve = async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    if (latency > 0) await new Promise((resolve) => setTimeout(resolve, latency))
    const { method = 'GET', url = '/' } = request
    const answered =
      method === 'OPTIONS'
        ? new Response(null, { status: 204, headers: cors })
        : await provider?.answer(new URL(url, provider.metadata.issuer), { method, body })
    response.writeHead(answered?.status ?? 503, Object.fromEntries(answered?.headers ?? []))
    response.end(await answered?.text())
  }
  const server = createServer((request, response) => void serve(request, response))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  provider = await createProvider(`http://localhost:${address.port}`)
  return { ...provider, close: () => server.close() }
}

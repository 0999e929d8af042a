import { createHash, randomBytes } from 'node:crypto'
import {
  CompactEncrypt,
  CompactSign,
  exportJWK,
  generateKeyPair,
  type CryptoKey,
  type JWK,
} from 'jose'
import type { ServerMetadata } from '../../src/oauth/types.ts'

export type Endpoint = 'discovery' | 'jwks' | 'token' | 'userinfo' | 'revocation'

/** One request as it arrived. */
export interface LoggedRequest {
  endpoint: Endpoint | 'unknown'
  method: string
  url: string
  headers: Headers
  parameters: URLSearchParams
  init: RequestInit
}

/**
 * What happens to one request instead of the usual: `act` is the usual, so that a behaviour decides whether
 * the provider acts before the answer goes wrong.
 */
export type Behaviour = (
  act: () => Promise<Response>,
  request: LoggedRequest,
) => Response | Promise<Response>

export interface SigningKey {
  alg: string
  kid: string
  privateKey: CryptoKey
  /** As published. Change it to publish something else. */
  jwk: JWK
}

/** Everything about the next ID tokens that may be wrong. */
export interface IdTokenSwitches {
  /** Members over the right ones; `undefined` leaves one out. */
  claims: Record<string, unknown>
  header: Record<string, unknown>
  /** Sign with a key that nobody published. */
  forge: boolean
  /** 'HS256' signs with a secret, 'none' not at all, 'JWE' encrypts. */
  protect: 'JWS' | 'HS256' | 'none' | 'JWE'
  /** Instead of the whole token; `null` answers without one. */
  raw?: string | null
}

export interface ScriptedProviderOptions {
  issuer?: string
  clientId?: string
  /** The provider's clock, ms. */
  now?: () => number
  alg?: string
  subject?: string
  /** A new refresh token with each refresh, and reuse of a spent one ends the family. Default false: always the same. */
  rotate?: boolean
  /** For how long (ms) a spent refresh token is still answered. Default 0. */
  grace?: number
  /** Whether refreshes answer with an ID token. Default true. */
  refreshIdToken?: boolean
  expiresIn?: unknown
}

interface Grant {
  scope: string
  nonce: string | null
  authTime: number
  alive: boolean
}

interface Code extends Grant {
  redirectUri: string | null
  challenge: string | null
}

interface RefreshToken {
  grant: Grant
  spentAt?: number
  next?: string
}

// Making RSA keys takes a while: providers of one test file share them, in order.
const pool = new Map<string, Promise<SigningKey>[]>()

function pooledKey(alg: string, index: number): Promise<SigningKey> {
  const keys = pool.get(alg) ?? []
  pool.set(alg, keys)
  return (keys[index] ??= makeKey(alg, `${alg}-${index}`))
}

async function makeKey(alg: string, kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/**
 * An OpenID provider in memory: `fetch` is its network. It keeps the rules (PKCE, single-use codes, rotation with
 * reuse detection), until a switch says otherwise.
 *
 *     const provider = await scriptedProvider({ rotate: true, now: clock.now })
 *     const query = provider.authorize(url)          // the user signs in; the query of the redirect back
 *     provider.next('token', behaviours.hang)         // what happens to the next token request
 *     provider.idToken.claims = { nonce: 'other' }    // what is wrong with the ID tokens from now on
 *     provider.requests('token').length               // what arrived
 */
export class ScriptedProvider {
  readonly issuer: string
  readonly clientId: string
  readonly metadata: ServerMetadata & Record<string, unknown>
  readonly log: LoggedRequest[] = []
  readonly idToken: IdTokenSwitches = { claims: {}, header: {}, forge: false, protect: 'JWS' }
  /** Members over the right token response; `undefined` leaves one out. */
  tokenResponse: Record<string, unknown> = {}
  /** Members over the right UserInfo. */
  userInfo: Record<string, unknown> = {}
  /** Published, in this order. */
  keys: SigningKey[] = []
  /** Signs ID tokens; the first key when the test does not say. */
  signWith: SigningKey | undefined
  readonly options: Required<ScriptedProviderOptions>
  /** Every secret that ever left this provider or came to it. */
  readonly secrets = new Set<string>()
  readonly revoked: string[] = []
  readonly refreshTokens = new Map<string, RefreshToken>()
  readonly #accessTokens = new Map<string, Grant>()
  readonly #codes = new Map<string, Code>()
  readonly #behaviours = new Map<Endpoint, Behaviour[]>()
  readonly #always = new Map<Endpoint, Behaviour>()
  #rotations = 0

  constructor(options: ScriptedProviderOptions) {
    this.options = {
      issuer: 'https://op.example',
      clientId: 'spa',
      now: Date.now,
      alg: 'RS256',
      subject: 'user-1',
      rotate: false,
      grace: 0,
      refreshIdToken: true,
      expiresIn: 3600,
      ...options,
    }
    const issuer = (this.issuer = this.options.issuer)
    this.clientId = this.options.clientId
    this.metadata = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
      revocation_endpoint: `${issuer}/revoke`,
      end_session_endpoint: `${issuer}/logout`,
      id_token_signing_alg_values_supported: [this.options.alg],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      response_types_supported: ['code'],
    }
  }

  /** Behaviours of the next requests to an endpoint, one each. */
  next(endpoint: Endpoint, ...behaviours: Behaviour[]): void {
    this.#behaviours.set(endpoint, [...(this.#behaviours.get(endpoint) ?? []), ...behaviours])
  }

  /** What happens to every request from now on, where `next` says nothing; undefined: the usual. */
  always(endpoint: Endpoint, behaviour: Behaviour | undefined): void {
    if (behaviour) this.#always.set(endpoint, behaviour)
    else this.#always.delete(endpoint)
  }

  requests(endpoint: Endpoint): LoggedRequest[] {
    return this.log.filter((request) => request.endpoint === endpoint)
  }

  /** Another key, or one of another alg: published last, not yet signing. */
  async addKey(alg = this.options.alg): Promise<SigningKey> {
    const key = await pooledKey(
      alg,
      this.keys.filter((key) => key.alg === alg).length + this.#rotations,
    )
    this.keys.push({ ...key, jwk: { ...key.jwk } })
    return this.keys.at(-1)!
  }

  /** From now on only a new key is published, and it signs. */
  async rotateKeys(): Promise<void> {
    this.#rotations++
    this.keys = []
    this.signWith = await this.addKey()
  }

  /** The user signs in at once. @returns the query string of the redirect back */
  authorize(url: string, { code, ...parameters }: Record<string, string | undefined> = {}): string {
    const request = new URL(url).searchParams
    const made = code ?? this.#secret('code')
    this.#codes.set(made, {
      scope: request.get('scope') ?? '',
      nonce: request.get('nonce'),
      redirectUri: request.get('redirect_uri'),
      challenge: request.get('code_challenge'),
      authTime: this.#seconds(),
      alive: true,
    })
    const response = { code: made, state: request.get('state') ?? undefined, iss: this.issuer }
    return query({ ...response, ...parameters })
  }

  /** A refresh token out of the blue, as if somebody had signed in before. */
  plantRefreshToken(scope = 'openid offline_access', nonce: string | null = null): string {
    return this.#refreshToken({ scope, nonce, authTime: this.#seconds(), alive: true })
  }

  readonly fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const request: LoggedRequest = {
      endpoint: this.#endpointOf(url),
      method: init.method ?? 'GET',
      url,
      headers: new Headers(init.headers),
      parameters: new URLSearchParams((init.body ?? '') as string | URLSearchParams),
      init,
    }
    this.log.push(request)
    for (const [name, value] of request.parameters) {
      if (/^(code|code_verifier|refresh_token|token)$/.test(name)) this.secrets.add(value)
    }
    init.signal?.throwIfAborted()
    const { endpoint } = request
    if (endpoint === 'unknown') return new Response('', { status: 404 })
    const act = () => this.#act(endpoint, request)
    const behaviour = this.#behaviours.get(endpoint)?.shift() ?? this.#always.get(endpoint)
    const response = await (behaviour ? behaviour(act, request) : act())
    init.signal?.throwIfAborted()
    return response
  }

  #endpointOf(url: string): Endpoint | 'unknown' {
    const { metadata } = this
    if (url === metadata.token_endpoint) return 'token'
    if (url === metadata.jwks_uri) return 'jwks'
    if (url === metadata.userinfo_endpoint) return 'userinfo'
    if (url === metadata.revocation_endpoint) return 'revocation'
    return url.endsWith('/.well-known/openid-configuration') ? 'discovery' : 'unknown'
  }

  async #act(endpoint: Endpoint, request: LoggedRequest): Promise<Response> {
    switch (endpoint) {
      case 'discovery':
        return json(this.metadata)
      case 'jwks':
        return json({ keys: this.keys.map((key) => key.jwk) })
      case 'token':
        return this.#token(request.parameters)
      case 'userinfo':
        return this.#userInfo(request)
      case 'revocation': {
        const token = request.parameters.get('token') ?? ''
        this.revoked.push(token)
        const known = this.refreshTokens.get(token)
        if (known) known.grant.alive = false
        return new Response('')
      }
    }
  }

  async #token(parameters: URLSearchParams): Promise<Response> {
    if (parameters.get('client_id') !== this.clientId) return refusal('invalid_client', 401)
    return parameters.get('grant_type') === 'refresh_token'
      ? this.#refresh(parameters.get('refresh_token') ?? '', parameters.get('scope'))
      : this.#exchange(parameters)
  }

  async #exchange(parameters: URLSearchParams): Promise<Response> {
    const code = this.#codes.get(parameters.get('code') ?? '')
    this.#codes.delete(parameters.get('code') ?? '')
    const verifier = parameters.get('code_verifier') ?? ''
    if (
      !code ||
      code.redirectUri !== parameters.get('redirect_uri') ||
      code.challenge !== createHash('sha256').update(verifier).digest('base64url')
    ) {
      return refusal('invalid_grant')
    }
    return this.#answer(code, code.scope, this.#refreshToken(code), true)
  }

  async #refresh(refreshToken: string, scope: string | null): Promise<Response> {
    const known = this.refreshTokens.get(refreshToken)
    if (!known?.grant.alive) return refusal('invalid_grant')
    let next = refreshToken
    if (this.options.rotate) {
      if (known.spentAt === undefined) {
        known.next = this.#refreshToken(known.grant)
        known.spentAt = this.options.now()
      } else if (this.options.now() - known.spentAt >= this.options.grace) {
        known.grant.alive = false
        return refusal('invalid_grant')
      }
      next = known.next!
    }
    return this.#answer(known.grant, scope ?? known.grant.scope, next, this.options.refreshIdToken)
  }

  async #answer(
    grant: Grant,
    scope: string,
    refreshToken: string,
    withIdToken: boolean,
  ): Promise<Response> {
    const accessToken =
      (this.tokenResponse['access_token'] as string | undefined) ?? this.#secret('at')
    this.#accessTokens.set(accessToken, grant)
    const idToken = withIdToken ? await this.#mint(grant) : undefined
    return json({
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: this.options.expiresIn,
      scope,
      refresh_token: refreshToken,
      id_token: idToken,
      ...this.tokenResponse,
    })
  }

  async #mint(grant: Grant): Promise<string | undefined> {
    const { claims, header, forge, protect, raw } = this.idToken
    if (raw !== undefined) return raw ?? undefined
    const payload = new TextEncoder().encode(
      JSON.stringify({
        iss: this.issuer,
        sub: this.options.subject,
        aud: this.clientId,
        iat: this.#seconds(),
        exp: this.#seconds() + 3600,
        auth_time: grant.authTime,
        nonce: grant.nonce ?? undefined,
        ...claims,
      }),
    )
    if (protect === 'none') {
      return `${base64url({ alg: 'none', ...header })}.${Buffer.from(payload).toString('base64url')}.`
    }
    if (protect === 'JWE') {
      return new CompactEncrypt(payload)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(randomBytes(32))
    }
    const published = this.signWith ?? this.keys[0]!
    const key = forge ? await makeKey(published.alg, published.kid) : published
    const secret = protect === 'HS256' ? randomBytes(32) : undefined
    const full = { alg: secret ? 'HS256' : key.alg, kid: key.kid, ...header }
    const crit = Object.fromEntries(
      ((header['crit'] ?? []) as string[]).map((name) => [name, true] as const),
    )
    const signed = await new CompactSign(payload)
      // An alg of another name is written into the header afterwards: no library would sign that.
      .setProtectedHeader({ ...full, alg: secret ? 'HS256' : key.alg })
      .sign(secret ?? key.privateKey, { crit })
    const token =
      full.alg === key.alg || secret ? signed : signed.replace(/^[^.]+/, base64url(full))
    this.secrets.add(token)
    return token
  }

  async #userInfo(request: LoggedRequest): Promise<Response> {
    const token = request.headers.get('authorization')?.replace('Bearer ', '') ?? ''
    if (!this.#accessTokens.get(token)?.alive) {
      return json({ error: 'invalid_token' }, 401, { 'www-authenticate': 'Bearer' })
    }
    return json({ sub: this.options.subject, email: 'user@example.com', ...this.userInfo })
  }

  #refreshToken(grant: Grant): string {
    const planted = this.tokenResponse['refresh_token']
    const token = typeof planted === 'string' && planted ? planted : this.#secret('rt')
    this.refreshTokens.set(token, { grant })
    return token
  }

  #secret(kind: string): string {
    const secret = `${kind}-${randomBytes(12).toString('hex')}`
    this.secrets.add(secret)
    return secret
  }

  #seconds(): number {
    return Math.floor(this.options.now() / 1000)
  }
}

export async function scriptedProvider(
  options: ScriptedProviderOptions = {},
): Promise<ScriptedProvider> {
  const provider = new ScriptedProvider(options)
  await provider.addKey()
  return provider
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  })
}

/** RFC 6749 §5.2 */
export function refusal(error: string, status = 400, description?: string): Response {
  return json({ error, error_description: description }, status)
}

/** Ways for a request to go wrong. */
export const behaviours = {
  /** No answer until the caller gives up; the provider does nothing. */
  hang: (_act, { init }) => untilAborted(init.signal),
  /** No answer, and it does not mind its signal. */
  deaf: () => new Promise<Response>(() => {}),
  /** The provider acts, its answer never arrives. */
  dropAfterActing: async (act) => {
    await act()
    throw new TypeError('Failed to fetch')
  },
  offline: () => Promise.reject(new TypeError('Failed to fetch')),
  html: () => new Response('<html>hotel wifi</html>', { headers: { 'content-type': 'text/html' } }),
  redirect: () => new Response('', { status: 302, headers: { location: 'https://evil.example' } }),
  /** The right JSON, and then two megabytes of blanks. */
  huge: async (act) => {
    const response = await act()
    return new Response((await response.text()) + ' '.repeat(2 ** 21), {
      headers: response.headers,
    })
  },
  /** Headers at once, a body that stops half-way. */
  stall: (_act, { init }) =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"access_token":"'))
          untilAborted(init.signal).catch((error: unknown) => controller.error(error))
        },
      }),
      { headers: { 'content-type': 'application/json' } },
    ),
} satisfies Record<string, Behaviour>

export function status(code: number, headers: Record<string, string> = {}, body = ''): Behaviour {
  return () => new Response(body, { status: code, headers })
}

/** The usual answer, with another body, status or headers. */
export function altered(
  change: (body: string) => string,
  { status, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Behaviour {
  return async (act) => {
    const response = await act()
    return new Response(change(await response.text()), {
      status: status ?? response.status,
      headers: { ...Object.fromEntries(response.headers), ...headers },
    })
  }
}

function untilAborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error))
  })
}

function query(parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).filter((pair): pair is [string, string] => !!pair[1])
  return `?${new URLSearchParams(given).toString()}`
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

import { authorizationResponse, grantedTo, redirect } from './authorization-endpoint.ts'
import type { Behaviour } from './behaviours.ts'
import { Grants, type Grant, type RefreshToken } from './grants.ts'
import { idTokenClaims, protectIdToken, type IdTokenSwitches } from './id-tokens.ts'
import {
  metadataOf,
  withDefaults,
  type TestProviderMetadata,
  type TestProviderOptions,
} from './options.ts'
import { readRequest, secretsOf, type Endpoint, type LoggedRequest } from './request-log.ts'
import { json } from './responses.ts'
import { SigningKeys, type SigningKey } from './signing-keys.ts'
import { answerTokenRequest, issueRefreshToken } from './token-endpoint.ts'
import { answerUserInfo } from './userinfo-endpoint.ts'

/**
 * An OpenID provider in memory: `fetch` is its network. It keeps the rules (PKCE, single-use codes, rotation with
 * reuse detection), until a switch says otherwise.
 *
 * @example
 *     const provider = await createTestProvider({ rotate: true })
 *     const query = provider.authorize(url)          // the user signs in; the query of the redirect back
 *     provider.next('token', behaviours.hang)         // what happens to the next token request
 *     provider.idToken.claims = { nonce: 'other' }    // what is wrong with the ID tokens from now on
 *     provider.requests('token').length               // what arrived
 */
export class TestProvider {
  readonly issuer: string
  readonly clientId: string
  readonly metadata: TestProviderMetadata
  readonly options: Required<TestProviderOptions>
  readonly log: LoggedRequest[] = []
  readonly idToken: IdTokenSwitches = { claims: {}, header: {}, forge: false, protect: 'JWS' }
  /** Members over the right token response; `undefined` leaves one out. */
  tokenResponse: Record<string, unknown> = {}
  /** Members over the right UserInfo. */
  userInfo: Record<string, unknown> = {}
  readonly #keys = new SigningKeys()
  readonly #grants = new Grants()
  readonly #next = new Map<Endpoint, Behaviour[]>()
  readonly #always = new Map<Endpoint, Behaviour>()
  #acting = 0

  constructor(options: TestProviderOptions = {}) {
    this.options = withDefaults(options)
    this.issuer = this.options.issuer
    this.clientId = this.options.clientId
    this.metadata = metadataOf(this.options)
  }

  /** Behaviours of the next requests to an endpoint, one each. */
  next(endpoint: Endpoint, ...behaviours: Behaviour[]): void {
    this.#next.set(endpoint, [...(this.#next.get(endpoint) ?? []), ...behaviours])
  }

  /** What was ordered with `next` and did not come yet does not come. */
  forgetNext(endpoint: Endpoint): void {
    this.#next.delete(endpoint)
  }

  /** What happens to every request from now on, where `next` says nothing; undefined: the usual. */
  always(endpoint: Endpoint, behaviour: Behaviour | undefined): void {
    if (behaviour) this.#always.set(endpoint, behaviour)
    else this.#always.delete(endpoint)
  }

  /** What arrived at an endpoint so far. */
  requests(endpoint: Endpoint): LoggedRequest[] {
    return this.log.filter((request) => request.endpoint === endpoint)
  }

  /** Keys as they are published, in this order. */
  get keys(): SigningKey[] {
    return this.#keys.published
  }

  /** The key that signs ID tokens; undefined: the first published one. */
  get signWith(): SigningKey | undefined {
    return this.#keys.signing
  }

  set signWith(key: SigningKey | undefined) {
    this.#keys.signing = key
  }

  /** Another key, or one of another alg: published last, not yet signing. */
  addKey(alg = this.options.alg): Promise<SigningKey> {
    return this.#keys.add(alg)
  }

  /** From now on only a new key is published, and it signs. */
  rotateKeys(): Promise<void> {
    return this.#keys.rotate(this.options.alg)
  }

  /** Every secret that ever left this provider or came to it. */
  get secrets(): Set<string> {
    return this.#grants.secrets
  }

  get refreshTokens(): Map<string, RefreshToken> {
    return this.#grants.refreshTokens
  }

  /** Every access token that was issued, and of which grant. */
  get accessTokens(): ReadonlyMap<string, Grant> {
    return this.#grants.accessTokens
  }

  get revoked(): string[] {
    return this.#grants.revoked
  }

  /** Whether a request is being answered right now: that takes real time, whatever the clock of a test says. */
  get acting(): boolean {
    return this.#acting > 0
  }

  /** The user signs in at once. @returns the query string of the redirect back */
  authorize(url: string, { code, ...change }: Record<string, string | undefined> = {}): string {
    const request = new URL(url).searchParams
    const value = code ?? this.#grants.newSecret('code')
    this.#grants.codes.set(value, grantedTo(request, this.options.subject, this.#seconds()))
    return authorizationResponse(request, value, this.issuer, change)
  }

  /** Signs the ID token of a code now, so that the token request does not wait for it. */
  async signAhead(code: string): Promise<void> {
    const granted = this.#grants.codes.get(code)
    if (granted) granted.idToken = await this.#mintIdToken(granted)
  }

  /** A refresh token out of the blue, as if the user had signed in before. */
  plantRefreshToken(scope = 'openid offline_access', nonce: string | null = null): string {
    const { subject } = this.options
    const grant = { subject, scope, nonce, authTime: this.#seconds(), alive: true }
    return issueRefreshToken(this.#grants, this.tokenResponse, grant)
  }

  readonly fetch = async (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    const request = readRequest(this.metadata, String(input), init)
    this.log.push(request)
    for (const secret of secretsOf(request)) this.secrets.add(secret)
    init.signal?.throwIfAborted()
    const { endpoint } = request
    if (endpoint === 'unknown') return new Response('', { status: 404 })
    const act = () => this.#act(endpoint, request)
    const behaviour = this.#next.get(endpoint)?.shift() ?? this.#always.get(endpoint)
    const response = await (behaviour ? behaviour(act, request) : act())
    init.signal?.throwIfAborted()
    return response
  }

  async #act(endpoint: Endpoint, request: LoggedRequest): Promise<Response> {
    this.#acting++
    try {
      return await this.#answer(endpoint, request)
    } finally {
      this.#acting--
    }
  }

  async #answer(endpoint: Endpoint, request: LoggedRequest): Promise<Response> {
    switch (endpoint) {
      case 'discovery':
        return json(this.metadata)
      case 'jwks':
        return json({ keys: this.keys.map((key) => key.jwk) })
      case 'authorization':
        return redirect(request.url, this.authorize(request.url))
      case 'token':
        return answerTokenRequest(
          {
            options: this.options,
            grants: this.#grants,
            tokenResponse: this.tokenResponse,
            mintIdToken: (grant) => this.#mintIdToken(grant),
          },
          request.parameters,
        )
      case 'userinfo':
        return answerUserInfo(this.#grants, request, this.userInfo)
      case 'revocation':
        this.#grants.revoke(request.parameters.get('token') ?? '')
        return new Response('')
    }
  }

  async #mintIdToken(grant: Grant): Promise<string | undefined> {
    const { raw, claims } = this.idToken
    if (raw !== undefined) return raw ?? undefined
    const token = await protectIdToken(
      this.#keys,
      idTokenClaims(this.options, grant, claims),
      this.idToken,
    )
    this.secrets.add(token)
    return token
  }

  #seconds(): number {
    return Math.floor(this.options.now() / 1000)
  }
}

/** An OpenID provider in memory, with one key that signs. */
export async function createTestProvider(options: TestProviderOptions = {}): Promise<TestProvider> {
  const provider = new TestProvider(options)
  await provider.addKey()
  return provider
}

import {
  CSRF_HEADER,
  CSRF_HEADER_VALUE,
  PROBLEM_STATUS,
  SESSION_HEADER,
  type ProblemCode,
  type SessionAnswer,
  type SessionClaims,
  type TokenAnswer,
  type TokenRequestBody,
} from '../../bff-protocol.ts'
import { json } from '../provider/responses.ts'
import { BffRequests, readBffRequest, type BffRequest } from './bff-requests.ts'

export interface TestBffOptions {
  /** Where the handler is. */
  base?: string
  /** ms since 1970. */
  now: () => number
  /** Whether pages get access tokens. Default true. */
  mediated?: boolean
  /** Sessions are in cookies: the page renews. Default false. */
  stateless?: boolean
  /** Seconds. */
  tokenLifetime?: number
  /** Seconds, also without use. */
  sessionLifetime?: number
  /** Seconds without use. Default: as long as the session lives. */
  idleLifetime?: number
}

interface TestSession {
  name: string
  claims: SessionClaims
  endsAt: number
  idleUntil: number
  generation: number
  tokens: Map<string, { accessToken: string; expiresAt: number }>
}

/**
 * A backend-for-frontend in memory, for one browser: `fetch` is its network, and its cookie the browser's. It keeps the
 * rules of `bff-protocol.ts` until a test says otherwise.
 *
 * @example
 *     const bff = new TestBff({ now: () => device.wall })
 *     bff.signIn({ sub: 'user-1' })                    // what /login and /callback do
 *     bff.next('session', status(503))                 // what happens to the next request
 *     bff.end()                                        // the session ends here; the browser does not know
 */
export class TestBff {
  readonly base: string
  readonly options: Required<TestBffOptions>
  readonly #requests = new BffRequests()
  /** The session that the browser's cookie names. */
  session: TestSession | undefined
  /** How often the provider was asked for a token. */
  refreshes = 0
  /** Who signs in at the next `login`. */
  claims: SessionClaims = { sub: 'user-1', name: 'Ada' }
  /** What the provider's end-session endpoint is. */
  endSessionUrl: string | undefined = 'https://op.example/end'
  #sessions = 0
  #endedBy: string | undefined

  constructor(options: TestBffOptions) {
    this.options = {
      base: 'https://app.example/bff',
      mediated: true,
      stateless: false,
      tokenLifetime: 3600,
      sessionLifetime: 36_000,
      idleLifetime: options.sessionLifetime ?? 36_000,
      ...options,
    }
    this.base = this.options.base
  }

  next: BffRequests['next'] = (route, ...behaviours) => this.#requests.next(route, ...behaviours)

  always: BffRequests['always'] = (route, behaviour) => this.#requests.always(route, behaviour)

  /** What arrived at a route so far. */
  requests: BffRequests['of'] = (route) => this.#requests.of(route)

  get log(): readonly BffRequest[] {
    return this.#requests.log
  }

  /** Every access token that a page was given. */
  readonly secrets = new Set<string>()

  /** A user signs in: the session before it is over. */
  signIn(claims: SessionClaims = this.claims): void {
    this.#endedBy = undefined
    this.session = {
      name: `session-${++this.#sessions}`,
      claims,
      endsAt: this.options.now() + this.options.sessionLifetime * 1000,
      idleUntil: this.options.now() + this.options.idleLifetime * 1000,
      generation: 1,
      tokens: new Map(),
    }
    this.#token('[null,null]', {})
  }

  /** The session ends here. The browser does not know. @param reason why, where the backend still knows */
  end(reason?: string): void {
    this.session = undefined
    this.#endedBy = reason
  }

  /** A page left for the login, and the user signs in. @returns where the browser lands */
  login(url: string): string {
    const { pathname, searchParams, origin } = new URL(url, this.base)
    if (origin + pathname !== `${this.base}/login`) throw new Error(`not the login: ${url}`)
    this.signIn()
    return new URL(searchParams.get('returnTo') ?? '/', this.base).href
  }

  readonly fetch = async (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    const request = readBffRequest(this.base, String(input), init)
    return this.#requests.answer(request, async () => this.#answer(request))
  }

  #answer(request: BffRequest): Response {
    const { route, headers, method } = request
    if (!route) return problem('not_found')
    if (headers.get(CSRF_HEADER) !== CSRF_HEADER_VALUE) return problem('csrf_rejected')
    if (this.session && this.#endOf(this.session) <= this.options.now()) this.session = undefined
    const { session } = this
    const isUse = route !== 'session' || request.parameters.get('slide') !== 'false'
    if (session && isUse) session.idleUntil = this.options.now() + this.options.idleLifetime * 1000
    if (route === 'session') return json(this.#sessionAnswer())
    const wanted = headers.get(SESSION_HEADER)
    if (session && wanted !== null && wanted !== session.name) return problem('session_changed')
    if (route === 'logout') return this.#logout(request)
    if (!session) {
      const reason = this.#endedBy
      return reason ? problem('session_expired', { reason }) : problem('not_authenticated')
    }
    if (route === 'refresh' && method === 'POST') {
      this.#token('[null,null]', { forceRefresh: true })
      session.generation++
      return json(this.#sessionAnswer())
    }
    if (this.options.stateless && this.#isForPageToRenew(request)) return problem('token_expired')
    if (route === 'token' && method === 'POST') return this.#tokenAnswer(session, request)
    if (route === 'api')
      return json({ sub: session.claims.sub, path: new URL(request.url).pathname })
    return problem('method_not_allowed')
  }

  #sessionAnswer(): SessionAnswer {
    const { session } = this
    if (!session) return { authenticated: false }
    const secondsUntil = (time: number) => Math.ceil((time - this.options.now()) / 1000)
    return {
      authenticated: true,
      claims: session.claims,
      accessTokenExpiresIn: Math.max(Math.floor(this.#ownTokenLeft() / 1000), 0),
      sessionExpiresIn: secondsUntil(session.endsAt),
      idleExpiresIn: secondsUntil(this.#endOf(session)),
      generation: session.generation,
      session: session.name,
      ...(this.options.stateless && { renewedByPage: true }),
    }
  }

  #endOf({ endsAt, idleUntil }: TestSession): number {
    return Math.min(endsAt, idleUntil)
  }

  #logout({ body }: BffRequest): Response {
    const isSignedIn = this.session !== undefined
    this.end()
    const { endSessionUrl } = this
    if (!isSignedIn || body.provider === false || !endSessionUrl) return json({})
    const redirectTo = new URL(endSessionUrl)
    redirectTo.searchParams.set('post_logout_redirect_uri', body.returnTo ?? '/')
    return json({ redirectTo: redirectTo.href })
  }

  #tokenAnswer({ claims }: TestSession, { body }: BffRequest): Response {
    if (!this.options.mediated) return problem('token_not_allowed')
    const { resource = null, scope } = body
    const isForced = body.forceRefresh === true && !this.options.stateless
    const token = this.#token(JSON.stringify([resource, scope ?? null]), {
      ...body,
      forceRefresh: isForced,
    })
    const answer: TokenAnswer = {
      sub: claims.sub,
      accessToken: token.accessToken,
      tokenType: 'Bearer',
      expiresIn: Math.floor((token.expiresAt - this.options.now()) / 1000),
      scope: scope ?? 'openid profile',
    }
    this.secrets.add(token.accessToken)
    return json(answer)
  }

  #token(key: string, need: Pick<TokenRequestBody, 'minValidity' | 'forceRefresh'>) {
    const { now, tokenLifetime } = this.options
    const { tokens } = this.session!
    const held = tokens.get(key)
    const isGood = held && held.expiresAt - now() > (need.minValidity ?? 0) * 1000
    if (isGood && need.forceRefresh !== true) return held
    const accessToken = `access-token-${++this.refreshes}`
    const token = { accessToken, expiresAt: now() + tokenLifetime * 1000 }
    tokens.set(key, token)
    return token
  }

  /** It is over, or the page wants another one than that of a moment ago. */
  #isForPageToRenew({ body }: BffRequest): boolean {
    const left = this.#ownTokenLeft()
    return (
      left <= 0 || (body.forceRefresh === true && this.options.tokenLifetime * 1000 - left > 10_000)
    )
  }

  #ownTokenLeft(): number {
    return (this.session?.tokens.get('[null,null]')?.expiresAt ?? 0) - this.options.now()
  }
}

/** RFC 9457. */
export function problem(
  code: ProblemCode,
  members: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Response {
  const status = PROBLEM_STATUS[code]
  return json({ type: 'about:blank', title: code, status, code, ...members }, status, {
    'content-type': 'application/problem+json',
    ...headers,
  })
}

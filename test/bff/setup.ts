// The handler with a provider in memory, and browsers that keep cookies as browsers do.
import { createBff, type Bff } from '../../src/bff/create-bff.ts'
import type { BffEvent } from '../../src/bff/events.ts'
import { runtimeEnvironment, type BffEnvironment } from '../../src/bff/environment.ts'
import type { BffOptions } from '../../src/bff/options.ts'
import { createMemoryStore } from '../../src/bff/sessions/memory-store.ts'
import type { SessionStore } from '../../src/bff/sessions/session-store.ts'
import type { Problem, SignedInAnswer } from '../../src/bff-protocol.ts'
import type { TestProviderOptions } from '../../src/testing/provider/options.ts'
import { createTestProvider, type TestProvider } from '../../src/testing/provider/test-provider.ts'

export const ORIGIN = 'https://app.example'
export const KEY_ONE = { kid: 'k1', secret: '3nFcgqf4aA2R6E9ewqHURZkm05DmIcCFITVP+Pxw7WY' }
export const KEY_TWO = {
  kid: 'k2',
  secret: '1ab40351d65787c7b2cc69c8b408a28d4382f53d5cdf7220eb9d46facc1df94b',
}

export interface BffSetup {
  bff: Bff
  provider: TestProvider
  store: SessionStore
  events: BffEvent[]
  env: BffEnvironment
  options: BffOptions
  /** Time goes on, for the handler and the provider. It stands still otherwise, however slow the machine is; timers run by the real one. */
  advance(ms: number): void
  browser(): Browser
  /** Another process on the same store. */
  another(change?: Partial<BffOptions>): Bff
}

export interface SetupOptions {
  provider?: TestProviderOptions
  options?: Partial<BffOptions>
  store?: (store: SessionStore) => SessionStore
  /** Answers what is not for the provider. */
  upstream?: (request: Request) => Response | Promise<Response>
}

export async function setUp(given: SetupOptions = {}): Promise<BffSetup> {
  let ahead = 0
  const startedAt = Date.now()
  const now = () => startedAt + ahead
  const provider = await createTestProvider({ now, rotate: true, ...given.provider })
  const env: BffEnvironment = {
    ...runtimeEnvironment,
    fetch: (url, init) =>
      given.upstream && !url.startsWith(provider.issuer)
        ? Promise.resolve(given.upstream(new Request(url, init)))
        : provider.fetch(url, init),
    now,
    monotonic: () => ahead,
  }
  const memory = createMemoryStore({}, env)
  const store = given.store?.(memory) ?? memory
  const events: BffEvent[] = []
  const options: BffOptions = {
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientAuthentication: { method: 'none' },
    baseUrl: ORIGIN,
    keys: [KEY_ONE],
    store,
    onEvent: (event) => events.push(event),
    ...given.options,
  }
  const bff = createBff(options, env)
  return {
    ...{ bff, provider, store, events, env, options },
    advance: (ms) => void (ahead += ms),
    browser: () => new Browser(bff, provider),
    another: (change = {}) => createBff({ ...options, ...change }, env),
  }
}

/** Cookies as a browser keeps them, and the headers that it sends by itself. */
export class Browser {
  readonly jar = new Map<string, string>()
  /** Every `Set-Cookie` line so far. */
  readonly setCookies: string[] = []
  bff: Bff
  readonly #provider: TestProvider

  constructor(bff: Bff, provider: TestProvider) {
    this.bff = bff
    this.#provider = provider
  }

  get cookie(): string {
    return [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** The session cookie. */
  get session(): string | undefined {
    return this.jar.get('__Host-Http-app')
  }

  /** A request of the application's own page. */
  call(path: string, init: RequestInit = {}): Promise<Response> {
    const method = init.method ?? 'GET'
    const own = {
      'x-csrf': '1',
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'cors',
      'sec-fetch-dest': 'empty',
      ...(method !== 'GET' && { origin: ORIGIN }),
    }
    return this.send(path, { ...init, headers: { ...own, ...(init.headers as object) } })
  }

  post(path: string, body?: unknown): Promise<Response> {
    return this.call(path, {
      method: 'POST',
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }

  /** The person goes there. */
  navigate(path: string, site = 'none'): Promise<Response> {
    return this.send(path, {
      headers: {
        'sec-fetch-site': site,
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      },
    })
  }

  /** Nothing but cookies is added. */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.jar.size > 0 && !headers.has('cookie')) headers.set('cookie', this.cookie)
    const response = await this.bff.handle(new Request(ORIGIN + path, { ...init, headers }))
    if (!response) throw new Error(`${path} is not for the handler`)
    this.receive(response)
    return response
  }

  /** An answer arrives. */
  receive(response: Response): void {
    for (const line of response.headers.getSetCookie()) this.#store(line)
  }

  /** To the provider. @returns where it sends the browser back to, on our origin */
  async begin(query = ''): Promise<string> {
    const response = await this.navigate(`/bff/login${query}`)
    const location = response.headers.get('location')
    if (response.status !== 303 || !location) throw new Error(await response.text())
    return `/bff/callback${this.#provider.authorize(location)}`
  }

  async signIn(query = ''): Promise<Response> {
    return this.navigate(await this.begin(query), 'cross-site')
  }

  async sessionAnswer(): Promise<SignedInAnswer | { authenticated: false }> {
    const response = await this.call('/bff/session')
    if (response.status !== 200) throw new Error(await response.text())
    return (await response.json()) as SignedInAnswer | { authenticated: false }
  }

  #store(line: string): void {
    this.setCookies.push(line)
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (/max-age=0(;|$)/i.test(line)) this.jar.delete(name)
    else this.jar.set(name, value)
  }
}

export async function problemOf(response: Response): Promise<Problem> {
  if (response.headers.get('content-type') !== 'application/problem+json') {
    throw new Error(`${response.status} is no problem: ${await response.text()}`)
  }
  return (await response.json()) as Problem
}

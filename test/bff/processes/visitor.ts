import { CALLER_DEADLINE_MS } from '../../../src/bff/tokens/token-source.ts'
import { NetworkBrowser } from '../node/server.ts'

/** A person's browser in front of several processes, as a load balancer makes one origin of them. */
export class Visitor {
  readonly #browser: NetworkBrowser

  private constructor(browser: NetworkBrowser) {
    this.#browser = browser
  }

  static async signIn(origin: string): Promise<Visitor> {
    const browser = new NetworkBrowser(origin)
    await browser.visit('/bff/login?returnTo=/home&login_hint=alice')
    return new Visitor(browser)
  }

  /** A call that needs an access token. @param origin of the process that the request is led to */
  async token(origin: string): Promise<Answer> {
    return await this.#ask(origin, '/bff/token', { method: 'POST', body: '{}' })
  }

  /** What pages do where sessions are in cookies. */
  async refresh(origin: string): Promise<Answer> {
    return await this.#ask(origin, '/bff/refresh', { method: 'POST' })
  }

  /** What goes with a request. */
  get cookie(): string {
    return this.#browser.cookie
  }

  async session(origin: string): Promise<Answer> {
    return await this.#ask(origin, '/bff/session')
  }

  /** Who has waited as long as anybody does is told to come again: that is a busy machine's, and done here. */
  async #ask(origin: string, path: string, init?: RequestInit): Promise<Answer> {
    for (let late = 0; ; late++) {
      const sentAt = performance.now()
      const response = await this.#browser.call(path, init, origin)
      const body = (await response.json()) as Answer['body']
      const retryAfter = response.headers.get('retry-after')
      const ms = performance.now() - sentAt
      const { status } = response
      if (status !== 503 || ms < CALLER_DEADLINE_MS) return { status, retryAfter, body, ms, late }
    }
  }
}

export interface Answer {
  status: number
  retryAfter: string | null
  body: { code?: string; accessToken?: string; authenticated?: boolean; generation?: number }
  ms: number
  /** How often it was made in vain before. */
  late: number
}

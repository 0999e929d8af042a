import { createHash, randomBytes } from 'node:crypto'
import type { StandInProvider } from '../../demo/provider/index.ts'

const REDIRECT = 'http://127.0.0.1:9/'

/** Acts as a browser would: it keeps cookies, follows redirects and stops at the redirect URI of the app. */
export function userAgent(provider: StandInProvider) {
  const jar = new Map<string, string>()

  async function visit(start: string, init?: RequestInit): Promise<URL | Response> {
    let url = start
    for (let hops = 0; hops < 12; hops++) {
      if (url.startsWith(REDIRECT)) return new URL(url)
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const here = hops === 0 ? init : {}
      const response = await fetch(url, { ...here, redirect: 'manual', headers: { cookie } })
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
        if (value) jar.set(name!, value)
        else jar.delete(name!)
      }
      const location = response.headers.get('location')
      if (!location) return response
      url = new URL(location, url).href
    }
    throw new Error('Too many redirects')
  }

  return {
    visit,
    async authorize(more: Record<string, string> = {}) {
      const verifier = randomBytes(32).toString('base64url')
      const url = new URL('/auth', provider.issuer)
      const parameters = {
        client_id: 'spa',
        redirect_uri: REDIRECT,
        response_type: 'code',
        scope: 'openid profile email offline_access',
        state: 'a-state',
        nonce: 'a-nonce',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...more,
      }
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
      const end = await visit(url.href)
      return end instanceof URL ? { verifier, back: end.searchParams } : { verifier, page: end }
    },
    async signIn(more: Record<string, string> = {}) {
      const { verifier, back, page } = await this.authorize({ login_hint: 'alice', ...more })
      if (page) throw new Error(await page.text())
      const code = back.get('code') ?? ''
      return this.token({ grant_type: 'authorization_code', code, code_verifier: verifier })
    },
    refresh: (token: unknown) =>
      userAgent(provider).token({ grant_type: 'refresh_token', refresh_token: String(token) }),
    async token(form: Record<string, string>) {
      const response = await fetch(new URL('/token', provider.issuer), {
        method: 'POST',
        headers: { origin: 'http://127.0.0.1:9' },
        body: new URLSearchParams({ client_id: 'spa', redirect_uri: REDIRECT, ...form }),
      })
      const text = await response.text()
      const body = (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>
      return { status: response.status, headers: response.headers, body, text }
    },
  }
}

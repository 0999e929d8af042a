import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startProvider, type StandInProvider } from '../../demo/provider/index.ts'
import { userAgent } from './user-agent.ts'

let provider: StandInProvider
beforeAll(async () => {
  provider = await startProvider({ control: true })
})
beforeEach(() => provider.reset())
afterAll(() => provider.close())

test('signs a hinted user in with one redirect, and exchanges the code for all three tokens', async () => {
  const { status, body } = await userAgent(provider).signIn()
  expect(status).toBe(200)
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 300 })
  expect(decodeJwt(String(body['id_token']))).toMatchObject({ sub: 'alice', name: 'Alice Adams' })
  expect(provider.secrets().refreshTokens).toEqual([body['refresh_token']])
  expect(provider.secrets().codes).toHaveLength(1)
})

test('shows a page without a hint, and its buttons sign in', async () => {
  const agent = userAgent(provider)
  const { page } = await agent.authorize()
  expect(await page!.text()).toContain('Alice Adams')
  const click = (user: string) =>
    agent.visit(page!.url, { method: 'POST', body: new URLSearchParams({ user }) })
  expect((await click('bob')) as URL).toHaveProperty('search', expect.stringContaining('code='))
  const { page: other } = await agent.authorize({ prompt: 'login' })
  expect(await other!.text()).toContain('bob@example.com · signed in here')
  const no = { method: 'POST', body: new URLSearchParams({ user: 'nobody' }) }
  const refused = (await agent.visit(other!.url, no)) as URL
  expect(refused.searchParams.get('error')).toBe('access_denied')
})

test('answers prompt=none with login_required without a session, and with a code with one', async () => {
  const agent = userAgent(provider)
  const stranger = await agent.authorize({ prompt: 'none' })
  expect(stranger.back?.get('error')).toBe('login_required')
  await agent.signIn()
  const { body } = await agent.signIn({ prompt: 'none' })
  expect(body['refresh_token']).toBeTypeOf('string')
})

test('gives a refresh token for prompt=consent only, with refreshTokens: consent', async () => {
  provider.change({ refreshTokens: 'consent' })
  const without = await userAgent(provider).signIn()
  expect(without.body['refresh_token']).toBeUndefined()
  const consented = await userAgent(provider).signIn({ prompt: 'consent' })
  expect(consented.body['refresh_token']).toBeTypeOf('string')
})

test('ends the family when a rotated refresh token comes back', async () => {
  const agent = userAgent(provider)
  const first = await agent.signIn()
  const second = await agent.refresh(first.body['refresh_token'])
  expect(second.body['refresh_token']).not.toBe(first.body['refresh_token'])
  expect(provider.families()).toMatchObject([{ sub: 'alice', issued: 2, live: 1, reused: false }])
  const again = await agent.refresh(first.body['refresh_token'])
  expect(again.body['error']).toBe('invalid_grant')
  expect(provider.families()).toMatchObject([{ live: 0, reused: true, revoked: true }])
  expect((await agent.refresh(second.body['refresh_token'])).status).toBe(400)
})

test('keeps two families for two sign-ins of one browser', async () => {
  const agent = userAgent(provider)
  const [one, two] = [await agent.signIn(), await agent.signIn()]
  await agent.refresh(one.body['refresh_token'])
  await agent.refresh(one.body['refresh_token'])
  expect((await agent.refresh(two.body['refresh_token'])).status).toBe(200)
})

test('gives the same refresh token each time, with rotate: false', async () => {
  provider.change({ rotate: false })
  const { body } = await userAgent(provider).signIn()
  const again = await userAgent(provider).refresh(body['refresh_token'])
  expect(again.body['refresh_token']).toBe(body['refresh_token'])
  expect(again.body['access_token']).not.toBe(body['access_token'])
})

test('gives the same answer twice within the grace window', async () => {
  provider.change({ graceMs: 5000 })
  const { body } = await userAgent(provider).signIn()
  const once = await userAgent(provider).refresh(body['refresh_token'])
  const twice = await userAgent(provider).refresh(body['refresh_token'])
  expect(twice.text).toBe(once.text)
  expect(provider.families()).toMatchObject([{ reused: false }])
})

test.each([
  ['503', 503],
  ['429', 429],
  ['html', 200],
  ['empty-400', 400],
  ['invalid_grant', 400],
] as const)('answers %s as often as it was told to', async (mode, status) => {
  const { body } = await userAgent(provider).signIn()
  provider.fail({ endpoint: 'token', mode, times: 1 })
  const spoiled = await userAgent(provider).refresh(body['refresh_token'])
  expect(spoiled.status).toBe(status)
  expect(spoiled.headers.get('access-control-allow-origin')).toBe('http://127.0.0.1:9')
  expect((await userAgent(provider).refresh(body['refresh_token'])).status).toBe(200)
  expect(provider.requests('token').map(({ fault }) => fault)).toEqual([undefined, mode, undefined])
})

test('exposes Retry-After across origins only when a switch says so', async () => {
  const fault = { endpoint: 'token', mode: '503-retry-after', seconds: 7 } as const
  provider.fail(fault)
  const hidden = await userAgent(provider).refresh('any')
  expect(hidden.headers.get('retry-after')).toBe('7')
  expect(hidden.headers.get('access-control-expose-headers')).toBeNull()
  provider.change({ exposeRetryAfter: true })
  const shown = await userAgent(provider).refresh('any')
  expect(shown.headers.get('access-control-expose-headers')).toBe('Retry-After')
})

test('acts on a request whose answer it drops', async () => {
  const { body } = await userAgent(provider).signIn()
  provider.fail({ endpoint: 'token', mode: 'drop-answer', times: 1 })
  await expect(userAgent(provider).refresh(body['refresh_token'])).rejects.toThrow()
  expect(provider.families()).toMatchObject([{ issued: 2 }])
})

test('holds a request before it acts, and an answer after it acted', async () => {
  const { body } = await userAgent(provider).signIn()
  const before = provider.hold({ endpoint: 'token' })
  const first = userAgent(provider).refresh(body['refresh_token'])
  await before.arrived()
  expect(provider.families()).toMatchObject([{ issued: 1 }])
  const after = provider.hold({ endpoint: 'token', answer: true })
  before.release()
  await after.arrived()
  expect(provider.families()).toMatchObject([{ issued: 2 }])
  after.release()
  expect((await first).status).toBe(200)
})

test('shows a shifted clock in ID tokens, which still serve as hints', async () => {
  provider.change({ clockOffsetMs: 3_600_000 })
  const agent = userAgent(provider)
  const { body, headers } = await agent.signIn()
  const { iat } = decodeJwt(String(body['id_token']))
  expect(iat! * 1000 - Date.now()).toBeGreaterThan(3_590_000)
  expect(Date.parse(headers.get('date')!) - Date.now()).toBeGreaterThan(3_590_000)
  const end = new URL('/session/end', provider.issuer)
  end.searchParams.set('id_token_hint', String(body['id_token']))
  end.searchParams.set('post_logout_redirect_uri', 'http://127.0.0.1:9/')
  const page = (await agent.visit(end.href)) as Response
  expect(await page.text()).toContain('Signing out')
})

test('answers the expires_in that it was told to answer', async () => {
  provider.change({ expiresIn: { value: '3600abc' } })
  expect((await userAgent(provider).signIn()).body['expires_in']).toBe('3600abc')
  provider.change({ expiresIn: 'omit' })
  expect((await userAgent(provider).signIn()).body).not.toHaveProperty('expires_in')
})

test('answers invalid_grant to the next refresh after revokeAll', async () => {
  const { body } = await userAgent(provider).signIn()
  await provider.revokeAll()
  const { body: refused } = await userAgent(provider).refresh(body['refresh_token'])
  expect(refused['error']).toBe('invalid_grant')
})

test('logs every request, and refresh tokens only as a hash', async () => {
  const { body } = await userAgent(provider).signIn()
  await userAgent(provider).refresh(body['refresh_token'])
  expect(provider.requests('authorization')).toHaveLength(1)
  expect(provider.requests('token').map(({ grantType }) => grantType)).toEqual([
    'authorization_code',
    'refresh_token',
  ])
  expect(JSON.stringify(provider.requests())).not.toContain(body['refresh_token'])
})

test('sends the browser back with the reason when the authorization endpoint was told to fail', async () => {
  provider.fail({ endpoint: 'authorization', mode: 'authorization-error' })
  const { back } = await userAgent(provider).authorize()
  expect(back?.get('error')).toBe('server_error')
  expect(back?.get('state')).toBe('a-state')
})

test('takes switches over HTTP from loopback pages only', async () => {
  const post = (origin: string, type = 'application/json') =>
    fetch(new URL('/control/settings', provider.issuer), {
      method: 'POST',
      headers: { origin, 'content-type': type },
      body: JSON.stringify({ accessTokenTtl: 5 }),
    })
  expect((await post('https://evil.example')).status).toBe(403)
  expect((await post('http://localhost:5173', 'text/plain')).status).toBe(415)
  expect(provider.settings.accessTokenTtl).toBe(300)
  expect((await post('http://localhost:5173')).status).toBe(200)
  expect(provider.settings.accessTokenTtl).toBe(5)
})

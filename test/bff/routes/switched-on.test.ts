import { describe, expect, test } from 'vitest'
import type { BffOptions } from '../../../src/bff/options.ts'
import type { SignedInAnswer } from '../../../src/bff-protocol.ts'
import { behaviours } from '../../../src/testing/provider/behaviours.ts'
import { ORIGIN, problemOf, setUp, type Browser, type SetupOptions } from '../setup.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const FRAME = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'iframe' }

async function signedIn(options: Partial<BffOptions>, given: SetupOptions = {}) {
  const setup = await setUp({ ...given, options })
  setup.provider.idToken.claims = { sid: 'their-session' }
  const user = setup.browser()
  await user.signIn()
  const { session = '' } = (await user.sessionAnswer()) as SignedInAnswer
  return { ...setup, user, session }
}

const isSignedIn = async (user: Browser) => (await user.sessionAnswer()).authenticated

/** A form that another site sends, with the cookies that a browser adds to it. */
function submit(user: Browser, path: string, query: string) {
  const lines = new Map(user.setCookies.map((line) => [line.slice(0, line.indexOf('=')), line]))
  const sent = [...user.jar].filter(([name]) => lines.get(name)?.includes('SameSite=None'))
  const cookie = sent.map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { ...FORM, cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' }
  return user.send(path, { method: 'POST', headers, body: query.replace(/^\?/, '') })
}

describe('a sign-out by link', () => {
  test('B-43 ends the session that it names, and goes on to the provider', async () => {
    const { user, session, provider, events } = await signedIn({ logoutLink: true })
    const out = await user.navigate(`/bff/logout?sid=${session}&returnTo=/bye`, 'same-origin')
    expect(out.status).toBe(303)
    const url = new URL(out.headers.get('location')!)
    expect(url.origin + url.pathname).toBe('https://op.example/logout')
    expect(user.session).toBeUndefined()
    expect(provider.revoked).toHaveLength(1)
    expect(events.at(-1)).toMatchObject({ type: 'session-ended', reason: 'logout' })
    const back = await user.navigate(`/bff/logged-out?state=${url.searchParams.get('state')}`)
    expect(back.headers.get('location')).toBe(`${ORIGIN}/bye`)
  })

  test.each([
    ['without a name', '', {}],
    ['with the name of another', '?sid=AAAAAAAAAAAAAAAA', {}],
    ['with a part of the name', '?sid={part}', {}],
    ['from an image', '?sid={session}', { 'sec-fetch-dest': 'image' }],
  ])('B-43 %s ends nothing', async (_, query, headers) => {
    const { user, session } = await signedIn({ logoutLink: true })
    const filled = query.replace('{session}', session).replace('{part}', session.slice(0, 8))
    const response = await user.send(`/bff/logout${filled}`, { headers })
    expect((await problemOf(response)).code).toBe('csrf_rejected')
    expect(await isSignedIn(user)).toBe(true)
  })

  test('B-43 that a browser fetches ahead ends nothing', async () => {
    const { user, session } = await signedIn({ logoutLink: true })
    const headers = { 'sec-purpose': 'prefetch' }
    const response = await user.send(`/bff/logout?sid=${session}`, { headers })
    expect(response.status).toBe(204)
    expect(await isSignedIn(user)).toBe(true)
  })

  test('B-43 a second time goes where the first one did, and one to another site nowhere', async () => {
    const { user, session } = await signedIn({ logoutLink: true, loggedOutPath: '/out' })
    const evil = `/bff/logout?sid=${session}&returnTo=https://evil.example`
    expect((await problemOf(await user.navigate(evil))).code).toBe('invalid_return_to')
    await user.navigate(`/bff/logout?sid=${session}`)
    const again = await user.navigate(`/bff/logout?sid=${session}`)
    expect(again.headers.get('location')).toBe(`${ORIGIN}/out`)
  })

  test('B-44 ends the session also while the provider is away', async () => {
    const { user, session, provider } = await signedIn({ logoutLink: true })
    provider.always('revocation', behaviours.offline)
    const out = await user.navigate(`/bff/logout?sid=${session}`)
    expect(out.status).toBe(303)
    expect(await isSignedIn(user)).toBe(false)
  })

  test('B-43 leaves a POST as guarded as it was', async () => {
    const { user, session } = await signedIn({ logoutLink: true })
    const init = { method: 'POST', headers: { origin: 'https://evil.example' } }
    const response = await user.send(`/bff/logout?sid=${session}`, init)
    expect((await problemOf(response)).code).toBe('csrf_rejected')
    expect(await isSignedIn(user)).toBe(true)
  })
})

describe('a front-channel logout', () => {
  const path = (iss: string, sid: string) =>
    `/bff/frontchannel-logout?${new URLSearchParams({ iss, sid })}`

  test('B-42 of the session in this browser ends it, in a frame of the provider alone', async () => {
    const { user, provider, events } = await signedIn({ frontchannelLogout: true })
    const response = await user.send(path(provider.issuer, 'their-session'), { headers: FRAME })
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-security-policy')).toBe(
      'frame-ancestors https://op.example',
    )
    expect(user.session).toBeUndefined()
    expect(events.at(-1)).toMatchObject({ reason: 'frontchannel_logout' })
  })

  test.each([
    ['of another session', 'https://op.example', 'another-session'],
    ['of another provider', 'https://evil.example', 'their-session'],
    ['without a session', 'https://op.example', ''],
    ['without anything', '', ''],
  ])('B-42 %s ends nothing', async (_, iss, sid) => {
    const { user } = await signedIn({ frontchannelLogout: true })
    const response = await user.send(path(iss, sid), { headers: FRAME })
    expect(response.status).toBe(400)
    expect(await isSignedIn(user)).toBe(true)
  })

  test('B-42 in a frame that has no cookie, or where nobody switched it on, ends nothing', async () => {
    const { browser, provider } = await signedIn({ frontchannelLogout: true })
    const nobody = browser()
    const answer = await nobody.send(path(provider.issuer, 'their-session'), { headers: FRAME })
    expect(answer.status).toBe(200)
    const off = await signedIn({})
    const response = await off.user.send(path(provider.issuer, 'their-session'))
    expect(response.status).toBe(404)
    expect(await isSignedIn(off.user)).toBe(true)
  })
})

describe('a sign-in that a third party begins', () => {
  const query = (change: Record<string, string> = {}) =>
    new URLSearchParams({
      iss: 'https://op.example',
      target_link_uri: `${ORIGIN}/course/7`,
      login_hint: 'alice',
      ...change,
    }).toString()

  test('B-53 goes to the provider with its hint, and comes back to its target', async () => {
    const { browser, provider } = await setUp({ options: { thirdPartySignIn: true } })
    for (const send of [
      (user: Browser) => user.navigate(`/bff/login?${query()}`, 'cross-site'),
      (user: Browser) => submit(user, '/bff/login', query()),
    ]) {
      const user = browser()
      const login = await send(user)
      const location = login.headers.get('location')!
      expect(new URL(location).searchParams.get('login_hint')).toBe('alice')
      const back = await user.navigate(`/bff/callback${provider.authorize(location)}`, 'cross-site')
      expect(back.headers.get('location')).toBe(`${ORIGIN}/course/7`)
      expect(await isSignedIn(user)).toBe(true)
    }
  })

  test.each([
    ['of another provider', { iss: 'https://evil.example' }, 'issuer_mismatch'],
    ['to another site', { target_link_uri: 'https://evil.example/course/7' }, 'invalid_return_to'],
    ['to a script', { target_link_uri: 'javascript:alert(1)' }, 'invalid_return_to'],
  ])('B-53 %s is none', async (_, change, code) => {
    const { browser } = await setUp({ options: { thirdPartySignIn: true } })
    const user = browser()
    const login = await user.navigate(`/bff/login?${query(change)}`, 'cross-site')
    expect((await problemOf(login)).code).toBe(code)
    expect(user.setCookies).toEqual([])
  })

  test('B-53 is one like any other where nobody switched that on, and no form begins it', async () => {
    const { browser, provider } = await setUp()
    const user = browser()
    const login = await user.navigate(`/bff/login?${query()}`, 'cross-site')
    const callback = `/bff/callback${provider.authorize(login.headers.get('location')!)}`
    const back = await user.navigate(callback, 'cross-site')
    expect(back.headers.get('location')).toBe(`${ORIGIN}/`)
    expect((await submit(user, '/bff/login', query())).status).toBe(405)
  })
})

describe('a response in a form', () => {
  async function atProvider(options: Partial<BffOptions> = {}) {
    const setup = await setUp({ options: { responseMode: 'form_post', ...options } })
    const user = setup.browser()
    const login = await user.navigate('/bff/login?returnTo=/in')
    return { ...setup, user, location: login.headers.get('location')! }
  }

  test('B-33 signs in, with a cookie that comes along from the provider’s site', async () => {
    const { user, provider, location } = await atProvider()
    expect(new URL(location).searchParams.get('response_mode')).toBe('form_post')
    const back = await submit(user, '/bff/callback', provider.authorize(location))
    expect([back.status, back.headers.get('location')]).toEqual([303, `${ORIGIN}/in`])
    expect(await isSignedIn(user)).toBe(true)
    expect([...user.jar.keys()]).toEqual(['__Host-Http-app'])
  })

  test('B-04 has cookies of sign-ins that are None and Secure; the session’s stays Strict', async () => {
    const { user, provider, location } = await atProvider()
    await submit(user, '/bff/callback', provider.authorize(location))
    for (const line of user.setCookies) {
      const sameSite = line.startsWith('__Host-Http-app.tx.') ? 'None' : 'Strict'
      expect(line).toContain(`; SameSite=${sameSite}; Secure`)
    }
  })

  test.each<[string, (query: string) => [string, RequestInit]]>([
    ['as JSON', (query) => [query, { headers: { 'content-type': 'application/json' } }]],
    ['of twenty thousand letters', (query) => [`${query}&x=${'x'.repeat(20_000)}`, {}]],
  ])('B-33 B-56 %s opens no session', async (_, change) => {
    const { user, provider, location } = await atProvider()
    const [body, init] = change(provider.authorize(location).slice(1))
    const headers = { ...FORM, ...(init.headers as object) }
    const back = await user.send('/bff/callback', { method: 'POST', headers, body })
    expect((await problemOf(back)).code).toBe('invalid_request')
    expect(user.session).toBeUndefined()
  })

  test('B-33 is none where it was not asked for', async () => {
    const { browser, provider } = await setUp()
    const user = browser()
    const callback = await user.begin()
    const body = callback.slice(callback.indexOf('?') + 1)
    const back = await user.send('/bff/callback', { method: 'POST', headers: FORM, body })
    expect(back.status).toBe(405)
    expect(provider.requests('token')).toHaveLength(0)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCookies } from '../../../src/bff/http/cookie-header.ts'
import { createBff } from '../../../src/bff/create-bff.ts'
import { setUp } from '../setup.ts'

describe('cookies', () => {
  test.each<[header: string, cookies: [string, string[]][]]>([
    ['', []],
    ['a=1', [['a', ['1']]]],
    [
      'a=1; b=2',
      [
        ['a', ['1']],
        ['b', ['2']],
      ],
    ],
    [
      'a=1;b=2',
      [
        ['a', ['1']],
        ['b', ['2']],
      ],
    ],
    ['a=1; a=2', [['a', ['1', '2']]]],
    ['a=b=c', [['a', ['b=c']]]],
    ['=1; nameless; a=1', [['a', ['1']]]],
    [
      'a="x; b=2"',
      [
        ['a', ['"x']],
        ['b', ['2"']],
      ],
    ],
    ['__proto__=1', [['__proto__', ['1']]]],
    [
      'A=1; a=2',
      [
        ['A', ['1']],
        ['a', ['2']],
      ],
    ],
  ])('B-47 of %j are read as they stand', (header, cookies) => {
    expect([...readCookies(header)]).toEqual(cookies)
  })

  test('B-47 are read without an error, and no value has a semicolon, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        for (const [name, values] of readCookies(header)) {
          expect(name).not.toMatch(/[;=]/)
          for (const value of values) expect(value).not.toContain(';')
        }
      }),
    )
  })

  test('B-47 are read once each, where a header is full of one name', () => {
    const many = 200_000
    expect(readCookies('a=1;'.repeat(many)).get('a')).toHaveLength(many)
  })

  test('B-47 two of our name are no session', async () => {
    const { browser } = await setUp()
    const user = browser()
    await user.signIn()
    const session = `__Host-Http-app=${user.session}`
    for (const cookie of [`${session}; ${session}`, `__Host-Http-app=x; ${session}`]) {
      const response = await user.call('/bff/session', { headers: { cookie } })
      expect(await response.json()).toEqual({ authenticated: false })
    }
  })

  test('B-03 B-04 B-05 are Secure, HttpOnly and Strict for the whole host, of every answer', async () => {
    const { browser } = await setUp()
    const user = browser()
    await user.signIn()
    await user.post('/bff/logout')
    expect(user.setCookies).toHaveLength(4)
    for (const line of user.setCookies) {
      const [pair = '', ...attributes] = line.split('; ')
      const transaction = pair.includes('.tx.')
      expect(pair).toMatch(/^__Host-Http-app(\.tx\.[\w-]{16})?=/)
      const constant = attributes.filter((attribute) => !attribute.startsWith('Max-Age'))
      expect(constant.toSorted()).toEqual(
        ['HttpOnly', 'Path=/', `SameSite=${transaction ? 'Lax' : 'Strict'}`, 'Secure'].toSorted(),
      )
    }
  })

  test('B-04 are Lax where the application renders pages on its server', async () => {
    const { browser } = await setUp({ options: { sameSite: 'lax' } })
    const user = browser()
    await user.signIn()
    expect(user.setCookies.find((line) => line.startsWith('__Host-Http-app='))).toContain(
      'SameSite=Lax',
    )
  })

  test('B-59 have other names, and no Secure, on a loopback address', async () => {
    const { options, env } = await setUp()
    const bff = createBff({ ...options, baseUrl: 'http://localhost:3000' }, env)
    const login = await bff.handle(new Request('http://localhost:3000/bff/login'))
    const [cookie] = login!.headers.getSetCookie()
    expect(cookie).toMatch(/^app-dev\.tx\./)
    expect(cookie).not.toContain('Secure')
  })

  test.each([
    ['another kid', (cookie: string) => cookie.replace('v1.k1.', 'v1.k2.')],
    ['no kid', (cookie: string) => cookie.replace('v1.k1.', 'v1..')],
    ['another version', (cookie: string) => cookie.replace('v1.', 'v2.')],
    ['a changed id', (cookie: string) => cookie.slice(0, 8) + flip(cookie[8]!) + cookie.slice(9)],
    [
      'a changed secret',
      (cookie: string) => cookie.slice(0, 60) + flip(cookie[60]!) + cookie.slice(61),
    ],
    [
      'a changed MAC',
      (cookie: string) => cookie.slice(0, 120) + flip(cookie[120]!) + cookie.slice(121),
    ],
    ['its end cut off', (cookie: string) => cookie.slice(0, -1)],
    ['more at its end', (cookie: string) => `${cookie}.x`],
    ['nothing', () => ''],
    ['8 KB of it', () => `v1.k1.${'A'.repeat(8192)}`],
    ['a transaction in its place', (_: string, transaction: string) => transaction],
  ])('B-07 B-21 a session cookie with %s is none', async (_, change) => {
    const { browser } = await setUp()
    const user = browser()
    await user.signIn()
    await user.begin()
    const transaction = [...user.jar].find(([name]) => name.includes('.tx.'))![1]
    const cookie = `__Host-Http-app=${change(user.session!, transaction)}`
    const response = await user.call('/bff/session', { headers: { cookie } })
    expect(await response.json()).toEqual({ authenticated: false })
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test('B-07 a session cookie, or another sign-in’s, in the place of a transaction finishes nothing', async () => {
    const { browser, provider } = await setUp()
    const user = browser()
    await user.signIn()
    const tokenRequests = provider.requests('token').length
    const callback = await user.begin()
    const name = [...user.jar.keys()].find((key) => key.includes('.tx.'))!
    const own = user.jar.get(name)!
    const other = browser()
    await other.begin()
    const foreign = [...other.jar.values()][0]!
    for (const value of [user.session!, foreign, own.slice(0, -2), '']) {
      user.jar.set(name, value)
      const back = await user.navigate(callback, 'cross-site')
      expect(back.status).toBe(400)
    }
    expect(provider.requests('token')).toHaveLength(tokenRequests)
  })
})

function flip(character: string): string {
  return character === 'A' ? 'B' : 'A'
}

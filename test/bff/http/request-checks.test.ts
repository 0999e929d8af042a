import { describe, expect, test } from 'vitest'
import type { SessionStore } from '../../../src/bff/sessions/session-store.ts'
import { ORIGIN, problemOf, setUp } from '../setup.ts'

const ROUTES: [method: string, path: string][] = [
  ['GET', '/bff/session'],
  ['POST', '/bff/refresh'],
  ['POST', '/bff/token'],
  ['POST', '/bff/logout'],
]
const ORIGINS = [undefined, ORIGIN, 'https://evil.example', 'null', `${ORIGIN}.evil.example`]
const SITES = [undefined, 'same-origin', 'same-site', 'cross-site', 'none']
const HEADERS = [undefined, '1', '0', '']

/** A store that counts who asks it. */
function counted(asked: string[]) {
  return (store: SessionStore): SessionStore =>
    ({
      ...Object.fromEntries(
        (
          [
            'create',
            'replace',
            'touch',
            'delete',
            'deleteBy',
            'lease',
            'renew',
            'release',
            'once',
            'mark',
            'taken',
          ] as const
        ).map((name) => [
          name,
          (...args: never[]) => (store[name] as (...a: never[]) => unknown).apply(store, args),
        ]),
      ),
      get(key: string) {
        asked.push(key)
        return store.get(key)
      },
    }) as SessionStore
}

describe('B-08 B-09 B-10 a request with a cookie', () => {
  test('is answered for the application’s own pages alone, whatever method, origin, site and header', async () => {
    const asked: string[] = []
    const { browser } = await setUp({ options: { mediated: [{}] }, store: counted(asked) })
    const user = browser()
    await user.signIn()
    const { cookie } = user
    let refused = 0
    for (const [method, path] of ROUTES.filter(([, path]) => path !== '/bff/logout')) {
      for (const origin of ORIGINS) {
        for (const site of SITES) {
          for (const header of HEADERS) {
            const before = asked.length
            const response = await user.send(path, {
              method,
              headers: {
                cookie,
                ...(origin !== undefined && { origin }),
                ...(site !== undefined && { 'sec-fetch-site': site }),
                ...(header !== undefined && { 'x-csrf': header }),
              },
            })
            const own =
              header === '1' &&
              (site === undefined || site === 'same-origin') &&
              (method === 'GET' || origin === undefined || origin === ORIGIN)
            expect([method, path, origin, site, header, response.status]).toEqual([
              ...[method, path, origin, site, header],
              own ? 200 : 403,
            ])
            if (own) continue
            refused++
            expect((await problemOf(response)).code).toBe('csrf_rejected')
            expect(asked.length).toBe(before)
          }
        }
      }
    }
    expect(refused).toBeGreaterThan(200)
  })

  test('says that `baseUrl` is wrong where a browser and that option differ about the origin', async () => {
    const { browser } = await setUp()
    const user = browser()
    await user.signIn()
    const logOut = async (headers: Record<string, string>) =>
      (await problemOf(await user.send('/bff/logout', { method: 'POST', headers }))).title
    const own = { 'x-csrf': '1', 'sec-fetch-site': 'same-origin', origin: 'http://127.0.0.1:3000' }
    expect(await logOut(own)).toContain(`\`baseUrl\`, which is ${ORIGIN}`)
    const foreign = { ...own, 'sec-fetch-site': 'cross-site' }
    expect(await logOut(foreign)).not.toContain('baseUrl')
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'])(
    'B-43 signs nobody out with %s',
    async (method) => {
      const { browser } = await setUp()
      const user = browser()
      await user.signIn()
      const response = await user.send('/bff/logout', { method, headers: { 'x-csrf': '1' } })
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toBe('POST')
      expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    },
  )

  test('B-43 signs nobody out from an image or a form of another site', async () => {
    const { browser } = await setUp()
    const user = browser()
    await user.signIn()
    for (const method of ['GET', 'POST']) {
      const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
      const response = await user.send('/bff/logout', { method, headers })
      expect([403, 405]).toContain(response.status)
    }
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test('B-11 gets no CORS headers, and no preflight succeeds', async () => {
    const { browser } = await setUp()
    const user = browser()
    await user.signIn()
    for (const [, path] of ROUTES) {
      const response = await user.send(path, {
        method: 'OPTIONS',
        headers: {
          origin: 'https://evil.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'x-csrf',
        },
      })
      expect(response.ok).toBe(false)
      const names = [...response.headers.keys()]
      expect(names.filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })
})

test('leaves everything that is not below its path to others', async () => {
  const { bff } = await setUp()
  for (const path of ['/', '/bff', '/bffx/session', '/api/bff/session', '/BFF/session']) {
    expect(await bff.handle(new Request(ORIGIN + path))).toBeNull()
  }
  const unknown = await bff.handle(new Request(`${ORIGIN}/bff/unknown`))
  expect((await problemOf(unknown!)).code).toBe('not_found')
  const inherited = await bff.handle(new Request(`${ORIGIN}/bff/constructor`))
  expect(inherited?.status).toBe(404)
})

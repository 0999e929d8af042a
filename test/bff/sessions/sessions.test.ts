import { describe, expect, test } from 'vitest'
import { createBff } from '../../../src/bff/create-bff.ts'
import { checkKeys } from '../../../src/bff/keys/check-keys.ts'
import { KeyRing } from '../../../src/bff/keys/key-ring.ts'
import type { SessionRecord, SessionStore } from '../../../src/bff/sessions/session-store.ts'
import type { SignedInAnswer } from '../../../src/bff-protocol.ts'
import { KEY_ONE, KEY_TWO, setUp } from '../setup.ts'

const MINUTE = 60_000

/** Every record that was written. */
function spied(records: SessionRecord[]) {
  return (store: SessionStore): SessionStore =>
    new Proxy(store, {
      get(target, name: keyof SessionStore) {
        return (...args: unknown[]) => {
          if (name === 'create') records.push(args[0] as SessionRecord)
          if (name === 'replace') records.push(args[2] as SessionRecord)
          return (target[name] as (...a: unknown[]) => unknown).apply(target, args)
        }
      },
    })
}

describe('a session', () => {
  test('B-13 B-54 tells the page the listed claims, never a token, and is not stored', async () => {
    const { browser, provider } = await setUp({ options: { claims: ['name', 'groups'] } })
    provider.idToken.claims = { name: 'Ada', email: 'ada@example.com', groups: ['a'], sid: 's' }
    const user = browser()
    const nobody = await user.call('/bff/session')
    expect([nobody.status, await nobody.json()]).toEqual([200, { authenticated: false }])
    await user.signIn()
    const response = await user.call('/bff/session')
    expect(response.headers.get('cache-control')).toBe('no-store')
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({
      authenticated: true,
      claims: { sub: 'user-1', name: 'Ada', groups: ['a'] },
      generation: 1,
    })
    expect(text).not.toContain('ada@example.com')
    for (const secret of provider.secrets) expect(text).not.toContain(secret)
  })

  test('B-54 has what UserInfo adds, where the options ask for it', async () => {
    const { browser, provider } = await setUp({ options: { userInfo: true } })
    provider.userInfo = { name: 'Ada', picture: 'https://x.example/a.png', sub: 'user-1' }
    const user = browser()
    await user.signIn()
    expect(await user.sessionAnswer()).toMatchObject({ claims: { sub: 'user-1', name: 'Ada' } })
  })

  test('is told to a server that renders pages', async () => {
    const { browser, bff } = await setUp()
    const user = browser()
    await user.signIn()
    const request = new Request('https://app.example/', { headers: { cookie: user.cookie } })
    expect(await bff.getSession(request)).toMatchObject({
      ...{ status: 'signed-in', subject: 'user-1', user: { sub: 'user-1' } },
    })
    expect(await bff.getSession(new Request('https://app.example/'))).toEqual({
      ...{ status: 'signed-out', reason: 'no_session' },
    })
  })

  test('is told to a server by its cookie alone, whatever else a visitor sends', async () => {
    const { browser, bff } = await setUp()
    const user = browser()
    await user.signIn()
    const headers = { cookie: user.cookie, 'x-session': 'another' }
    const request = new Request('https://app.example/', { headers })
    expect(await bff.getSession(request)).toMatchObject({ status: 'signed-in' })
  })

  test.each([100_000, 400_000])('of claims of %i bytes opens as any other', async (size) => {
    const { browser, provider, advance } = await setUp()
    const user = browser()
    await user.signIn()
    // They grew since; a session of that size can be signed in, too.
    provider.idToken.claims = { groups: ['x'.repeat(size)] }
    advance(2_000)
    expect((await user.post('/bff/refresh')).status).toBe(200)
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true, generation: 2 })
    await user.signIn()
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test('B-21 is in the store under a hash, and cannot be read with the store and the keys alone', async () => {
    const records: SessionRecord[] = []
    const { browser, provider } = await setUp({ store: spied(records) })
    provider.idToken.claims = { sid: 'session-1' }
    const user = browser()
    await user.signIn()
    const text = JSON.stringify(records)
    for (const secret of [...provider.secrets, 'user-1', 'session-1'])
      expect(text).not.toContain(secret)
    expect(text).not.toContain(user.session!.split('.')[2]!.slice(0, 20))
    // The half in the cookie is missing: with the server's key alone the seal does not open.
    const binding = JSON.stringify([provider.issuer, provider.clientId, 'app'])
    const ring = new KeyRing(checkKeys([KEY_ONE]), binding)
    const secret = new Uint8Array(
      Buffer.from(user.session!.split('.')[2]!, 'base64url').subarray(32, 64),
    )
    expect(await ring.open('contents', records[0]!.blob)).toBeUndefined()
    expect(await ring.open('contents', records[0]!.blob, new Uint8Array(32))).toBeUndefined()
    expect(await ring.open('contents', records[0]!.blob, secret)).toMatchObject({ generation: 1 })
  })

  test('B-23 ends after an hour without use, and after ten however much it is used', async () => {
    const { browser, advance } = await setUp()
    const idle = browser()
    await idle.signIn()
    advance(61 * MINUTE)
    expect(await idle.sessionAnswer()).toEqual({ authenticated: false })
    const busy = browser()
    await busy.signIn()
    for (let half = 0; half < 19; half++) {
      advance(30 * MINUTE)
      expect(await busy.sessionAnswer()).toMatchObject({ authenticated: true })
    }
    advance(31 * MINUTE)
    expect(await busy.sessionAnswer()).toEqual({ authenticated: false })
  })

  test('B-24 is not kept alive by a page that asks by itself', async () => {
    const { browser, advance } = await setUp()
    const user = browser()
    await user.signIn()
    for (let half = 0; half < 2; half++) {
      advance(29 * MINUTE)
      const response = await user.call('/bff/session?slide=false')
      expect(((await response.json()) as SignedInAnswer).authenticated).toBe(true)
    }
    advance(3 * MINUTE)
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
  })

  test('asks the store once, however often its cookie comes', async () => {
    let gets = 0
    let others = 0
    const { browser } = await setUp({
      store: (store) =>
        new Proxy(store, {
          get(target, name: keyof SessionStore) {
            return (...args: unknown[]) => {
              if (name === 'get') gets++
              else others++
              return (target[name] as (...a: unknown[]) => unknown).apply(target, args)
            }
          },
        }),
    })
    const user = browser()
    await user.signIn()
    gets = 0
    others = 0
    for (let call = 0; call < 20; call++) await user.sessionAnswer()
    expect([gets, others]).toEqual([20, 0])
  })
})

describe('B-48 keys', () => {
  test('are replaced under load without ending a session', async () => {
    const { browser, another, options, env } = await setUp()
    const old = another()
    const both = another({ keys: [KEY_ONE, KEY_TWO] })
    const promoted = another({ keys: [KEY_TWO, KEY_ONE] })
    const users = await Promise.all(
      [old, both, promoted].map(async (bff) => {
        const user = browser()
        user.bff = bff
        await user.signIn()
        return user
      }),
    )
    // Instances with the keys of before and after, side by side.
    for (const [at, user] of users.entries()) {
      for (const bff of at === 2 ? [both, promoted] : [old, both, promoted]) {
        user.bff = bff
        const answers = await Promise.all(Array.from({ length: 20 }, () => user.sessionAnswer()))
        expect(answers.every(({ authenticated }) => authenticated)).toBe(true)
      }
      expect((await user.post('/bff/refresh')).status).toBe(200)
    }
    expect(users.map((user) => user.session!.split('.')[1])).toEqual(['k1', 'k1', 'k2'])
    // A key that was taken away opens nothing any more.
    const gone = createBff({ ...options, keys: [KEY_TWO] }, env)
    users[0]!.bff = gone
    expect(await users[0]!.sessionAnswer()).toEqual({ authenticated: false })
  })

  test('B-07 open nothing for another client or application', async () => {
    const { browser, another } = await setUp()
    const user = browser()
    await user.signIn()
    user.bff = another({ clientId: 'another' })
    expect(await user.sessionAnswer()).toEqual({ authenticated: false })
  })

  test('of before still find the sessions that a back-channel logout ends', async () => {
    const before = new KeyRing(checkKeys([KEY_ONE]), 'x')
    const after = new KeyRing(checkKeys([KEY_TWO, KEY_ONE]), 'x')
    const [lookup] = await before.macs('lookup', 'sid')
    expect(await after.macs('lookup', 'sid')).toContain(lookup)
  })
})

describe('close', () => {
  test('waits for a refresh under way, and its answer is written down', async () => {
    const { browser, bff, provider, advance, another } = await setUp({
      provider: { expiresIn: 300 },
    })
    const user = browser()
    await user.signIn()
    advance(300_000)
    let answer = () => {}
    provider.next('token', async (act) => {
      await new Promise<void>((resolve) => (answer = resolve))
      return act()
    })
    const waiting = user.post('/bff/refresh')
    await expect.poll(() => provider.requests('token').length).toBe(2)
    let closed = false
    const closing = bff.close().then(() => (closed = true))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(closed).toBe(false)
    answer()
    await closing
    expect((await waiting).status).toBe(200)
    user.bff = another()
    expect(await user.sessionAnswer()).toMatchObject({ generation: 2 })
  })
})

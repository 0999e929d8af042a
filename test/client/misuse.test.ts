import { createAuthClient } from 'evertoken/core'
import { expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors.ts'
import './lazy.ts'
import { appDevice as device, signedInApp as signedIn } from './setup.ts'

test('userSchema refuses one user: another can sign in instead', async () => {
  const userSchema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (claims: unknown) =>
        (claims as { sub: string }).sub === 'user-1'
          ? { issues: [{ message: 'not allowed here' }] }
          : { value: claims as { sub: string } },
    },
  }
  const on = await device()
  const refused = await on.signIn(on.open({ userSchema }), { userSchema })
  expect(refused.client.getSession()).toMatchObject({ status: 'error' })
  on.provider.options.subject = 'user-2'
  const next = await on.signIn(refused, { userSchema })
  expect(next.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
})

test('a wrong signIn() changes no session: an error stays', async () => {
  const on = await device()
  const app = on.open()
  await app.client.signIn()
  const back = on.back(
    app.tab,
    on.answer(app.tab, { code: undefined, error: 'access_denied' }).replace(/code=[^&]*&/, ''),
  )
  back.client.start()
  await on.world.settle()
  expect(back.client.getSession().status).toBe('error')
  await expect(back.client.signIn({ returnTo: 'https://evil.example/' })).rejects.toThrow(TypeError)
  expect(back.client.getSession().status).toBe('error')
})

test('history.replaceState throws: nothing stays pending', async () => {
  const on = await device()
  const app = on.open()
  await app.client.signIn()
  const url = on.answer(app.tab)
  const tab = on.world.tab({ cloneOf: app.tab, url })
  tab.env.replaceUrl = () => {
    throw new DOMException('more than 100 times per 30 seconds', 'SecurityError')
  }
  const { client } = on.open({}, tab)
  try {
    client.start()
  } catch {
    // To be seen by whoever called.
  }
  await on.world.advance(60_000)
  expect(client.getSession().status).not.toMatch(/restoring|signing-in/)
})

test('stop() of one user of the client leaves the others awake', async () => {
  const on = await device({ expiresIn: 3600 })
  const app = await on.signIn(on.open())
  // A module that watches, without React.
  app.client.stop()
  app.client.subscribeAccessToken(() => {})
  // An <AuthProvider> that comes and goes.
  app.client.start()
  app.client.stop()
  const before = on.tokenRequests()
  on.world.sleep(2 * 3_600_000)
  app.tab.emit('wake')
  await on.world.settle()
  expect(on.tokenRequests()).toBe(before + 1)
})

test('a signal that is aborted already costs no request', async () => {
  const on = await signedIn()
  await on.world.advance(2000)
  const asked = on.client.getAccessToken({ forceRefresh: true, signal: AbortSignal.abort() })
  await expect(asked).rejects.toMatchObject({ code: 'aborted' })
  await on.world.advance(2000)
  expect(on.tokenRequests()).toBe(1)
})

test('who unsubscribed during a notification is not called by it', async () => {
  const on = await signedIn()
  let late = 0
  on.client.subscribe(() => stop())
  const stop = on.client.subscribe(() => late++)
  await on.client.signOut({ provider: false })
  expect(late).toBe(0)
})

test('diagnostics hold no claim, also when userSchema quotes one', async () => {
  const userSchema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (claims: unknown) => ({
        issues: [{ message: `"${(claims as { email: string }).email}" is not of this company` }],
      }),
    },
  }
  const on = await device()
  on.provider.idToken.claims = { email: 'jane.doe@example.com' }
  const { client } = await on.signIn(on.open({ userSchema }), { userSchema })
  expect(JSON.stringify(client.diagnostics())).not.toContain('jane.doe')
})

test('what a component does to a token response harms no other caller', async () => {
  const on = await signedIn()
  const token = await on.client.getAccessToken()
  const response = on.client.getTokenResponse() as { access_token: string }
  try {
    response.access_token = 'changed'
  } catch {
    // Frozen would do.
  }
  expect(await on.client.getAccessToken()).toBe(token)
})

test('a need that nobody watches any more is forgotten when its token is over', async () => {
  const on = await signedIn()
  const need = { resource: 'https://api.example/orders/1' }
  await on.client.getAccessToken(need)
  expect(on.client.getTokenResponse(need)).toBeDefined()
  await on.world.advance(48 * 3_600_000)
  // With the next call that costs a request anyway.
  await on.client.getAccessToken()
  expect(on.client.getTokenResponse(need)).toBeUndefined()
})

test('no refresh token, and the watched token is over: the session is, too', async () => {
  const on = await device({ expiresIn: 100 })
  on.provider.tokenResponse = { refresh_token: undefined }
  const { client } = await on.signIn(on.open())
  client.subscribeAccessToken(() => {})
  await on.world.advance(300_000)
  expect(client.getAccessTokenState()).toMatchObject({ status: 'unavailable' })
  expect(client.getSession().status).toBe('expired')
})

test('a wrong resource is a TypeError that names it, at the first use while one develops', async () => {
  const { client } = await signedIn()
  const need = { resource: 'orders' }
  expect(() => client.subscribeAccessToken(() => {}, need)).toThrow(/`resource`/)
  await expect(client.getAccessToken(need)).rejects.toThrow(TypeError)
})

test('a page without crypto.subtle (http, not loopback): a typed error that says why', async () => {
  const on = await device()
  const { client } = on.open({}, { url: 'http://app.example/' })
  await client.whenSettled()
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
  try {
    const error: unknown = await client.signIn().catch((error: unknown) => error)
    expect(error).toBeInstanceOf(AuthError)
  } finally {
    vi.unstubAllGlobals()
  }
})

test('types: without a userSchema nobody can say that the user is more than claims (seen by tsc)', () => {
  const options = { issuer: 'https://id.example.com', clientId: 'spa' }
  // @ts-expect-error nothing checks that there is a role
  createAuthClient<{ role: 'admin' }>(options)
  const { getSession } = createAuthClient(options)
  expect(getSession).toBeTypeOf('function')
})

test('getAccessToken(null) of untyped code rejects, and does not throw where nobody catches', async () => {
  const on = await signedIn()
  let promise: unknown
  expect(() => (promise = on.client.getAccessToken(null as never))).not.toThrow()
  await (promise as Promise<string>).catch(() => {})
})

test('LEAVING: a first sign-in that was held back does not end the second', async () => {
  const on = await device()
  const { client } = on.open()
  await client.whenSettled()
  await client.signIn()
  await on.world.advance(9000)
  await client.signIn()
  await on.world.advance(2000)
  expect(client.getSession().status).toBe('signing-in')
})

test('U14 claims whose check was overtaken do not make the user another object', async () => {
  const validated: string[] = []
  let slow: (() => void) | undefined
  const userSchema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: async (claims: unknown) => {
        const { name } = claims as { name: string }
        validated.push(name)
        if (name === 'slow') await new Promise<void>((resolve) => (slow = resolve))
        return { value: { name } }
      },
    },
  }
  const on = await device()
  on.provider.idToken.claims = { name: 'first' }
  const { client, tab } = await on.signIn(on.open({ userSchema }), { userSchema })
  for (const name of ['slow', 'last']) {
    on.provider.idToken.claims = { name }
    await on.world.advance(2000)
    await client.getAccessToken({ forceRefresh: true })
    await on.world.settle()
  }
  const session = client.getSession()
  expect(session).toMatchObject({ user: { name: 'last' } })
  slow!()
  await on.world.settle()
  // The same claims again, out of the back-forward cache: the same object, and no check.
  const before = validated.length
  tab.emit('cached')
  tab.emit('restored')
  await on.world.advance(2000)
  expect(validated.slice(before)).toEqual([])
  expect(client.getSession()).toBe(session)
})

test('a redirectUri on another origin: a TypeError that names both, and nobody leaves', async () => {
  const on = await device()
  const { client, tab } = on.open({ redirectUri: 'http://127.0.0.1:3000/' })
  await client.whenSettled()
  const refused = expect(client.signIn()).rejects
  await refused.toThrow(/`redirectUri`.*127\.0\.0\.1:3000.*app\.example/)
  expect(tab.assigned).toEqual([])
  expect(client.getSession().status).toBe('signed-out')
})

import { createAuthClient } from 'evertoken/core'
import { expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors.ts'
import './lazy.ts'
import { appDevice as device, signedInApp as signedIn } from './setup.ts'

test('lets another user sign in after userSchema refused one', async () => {
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

test('keeps the session in error when signIn() is called with a wrong option', async () => {
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

test('leaves nothing pending when history.replaceState throws', async () => {
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
    // The caller may see the exception.
  }
  await on.world.advance(60_000)
  expect(client.getSession().status).not.toMatch(/restoring|signing-in/)
})

test('keeps the other users of a client awake when one of them calls stop()', async () => {
  const on = await device({ expiresIn: 3600 })
  const app = await on.signIn(on.open())
  // A module without React watches the token.
  app.client.stop()
  app.client.subscribeAccessToken(() => {})
  // An <AuthProvider> is mounted and unmounted.
  app.client.start()
  app.client.stop()
  const before = on.tokenRequests()
  on.world.sleep(2 * 3_600_000)
  app.tab.emit('wake')
  await on.world.settle()
  expect(on.tokenRequests()).toBe(before + 1)
})

test('makes no request for a signal that is already aborted', async () => {
  const on = await signedIn()
  await on.world.advance(2000)
  const asked = on.client.getAccessToken({ forceRefresh: true, signal: AbortSignal.abort() })
  await expect(asked).rejects.toMatchObject({ code: 'aborted' })
  await on.world.advance(2000)
  expect(on.tokenRequests()).toBe(1)
})

test('does not call a listener that was unsubscribed during the notification', async () => {
  const on = await signedIn()
  let late = 0
  on.client.subscribe(() => stop())
  const stop = on.client.subscribe(() => late++)
  await on.client.signOut({ provider: false })
  expect(late).toBe(0)
})

test('keeps claims out of diagnostics, also when userSchema quotes one', async () => {
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

test('protects other callers from a component that changes a token response', async () => {
  const on = await signedIn()
  const token = await on.client.getAccessToken()
  const response = on.client.getTokenResponse() as { access_token: string }
  try {
    response.access_token = 'changed'
  } catch {
    // A frozen response would throw, which is right too.
  }
  expect(await on.client.getAccessToken()).toBe(token)
})

test('forgets a need without a watcher when its token has expired', async () => {
  const on = await signedIn()
  const need = { resource: 'https://api.example/orders/1' }
  await on.client.getAccessToken(need)
  expect(on.client.getTokenResponse(need)).toBeDefined()
  await on.world.advance(48 * 3_600_000)
  // It is forgotten with the next call that costs a request anyway.
  await on.client.getAccessToken()
  expect(on.client.getTokenResponse(need)).toBeUndefined()
})

test('ends the session when the watched token expires and there is no refresh token', async () => {
  const on = await device({ expiresIn: 100 })
  on.provider.tokenResponse = { refresh_token: undefined }
  const { client } = await on.signIn(on.open())
  client.subscribeAccessToken(() => {})
  await on.world.advance(300_000)
  expect(client.getAccessTokenState()).toMatchObject({ status: 'unavailable' })
  expect(client.getSession().status).toBe('expired')
})

test('throws a TypeError that names a wrong resource, at its first use', async () => {
  const { client } = await signedIn()
  const need = { resource: 'orders' }
  expect(() => client.subscribeAccessToken(() => {}, need)).toThrow(/`resource`/)
  await expect(client.getAccessToken(need)).rejects.toThrow(TypeError)
})

test('rejects signIn with a typed error on a page without crypto.subtle (http, not loopback)', async () => {
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

test('refuses, in its types, a user type without a userSchema that checks it (seen by tsc)', () => {
  const options = { issuer: 'https://id.example.com', clientId: 'spa' }
  // @ts-expect-error nothing checks that there is a role
  createAuthClient<{ role: 'admin' }>(options)
  const { getSession } = createAuthClient(options)
  expect(getSession).toBeTypeOf('function')
})

test('rejects getAccessToken(null) of untyped code instead of throwing', async () => {
  const on = await signedIn()
  let promise: unknown
  expect(() => (promise = on.client.getAccessToken(null as never))).not.toThrow()
  await (promise as Promise<string>).catch(() => {})
})

test('does not end a second sign-in when the time for leaving with the first one is over', async () => {
  const on = await device()
  const { client } = on.open()
  await client.whenSettled()
  await client.signIn()
  await on.world.advance(9000)
  await client.signIn()
  await on.world.advance(2000)
  expect(client.getSession().status).toBe('signing-in')
})

test('U14 keeps the user object when a check of claims ends after a newer one', async () => {
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
  // Out of the back-forward cache the vault tells the same claims again: they need no second check.
  const before = validated.length
  tab.emit('cached')
  tab.emit('restored')
  await on.world.advance(2000)
  expect(validated.slice(before)).toEqual([])
  expect(client.getSession()).toBe(session)
})

test('throws a TypeError that names both origins for a redirectUri elsewhere, and stays on the page', async () => {
  const on = await device()
  const { client, tab } = on.open({ redirectUri: 'http://127.0.0.1:3000/' })
  await client.whenSettled()
  const refused = expect(client.signIn()).rejects
  await refused.toThrow(/`redirectUri`.*127\.0\.0\.1:3000.*app\.example/)
  expect(tab.assigned).toEqual([])
  expect(client.getSession().status).toBe('signed-out')
})

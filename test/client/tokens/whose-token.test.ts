import { expect, test } from 'vitest'
import { outcome } from '../../support/outcomes.ts'
import '../lazy.ts'
import { appDevice as device, signedInApp as signedIn } from '../setup.ts'

/** A schema that lets one user in only when it is told to. */
function gatedSchema(of: string) {
  const gate = { open: () => {}, refuse: false }
  return {
    gate,
    schema: {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: async (claims: unknown) => {
          const user = claims as { sub: string }
          if (user.sub === of) {
            if (gate.refuse) return { issues: [{ message: 'wrong role' }] }
            await new Promise<void>((resolve) => (gate.open = resolve))
          }
          return { value: user }
        },
      },
    },
  }
}

const NEED = { scope: 'openid profile' }

test('F1 keeps the token of a user whom userSchema refused from the next user', async () => {
  const { gate, schema: userSchema } = gatedSchema('bob')
  gate.refuse = true
  const on = await signedIn({ userSchema }, { subject: 'alice' })
  await on.client.getAccessToken(NEED)
  const other = on.open()
  await other.client.whenSettled()
  on.provider.options.subject = 'bob'
  const bob = await on.signIn(other)
  expect(on.client.getSession()).toMatchObject({ status: 'error', error: { code: 'user_invalid' } })
  const bobs = await bob.client.getAccessToken(NEED)
  await on.world.settle()
  expect(on.client.getTokenResponse(NEED)).toBeUndefined()
  on.provider.options.subject = 'alice'
  await on.signIn(bob)
  await on.world.settle()
  expect(on.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'alice' })
  expect(on.client.getTokenResponse(NEED)?.access_token).not.toBe(bobs)
  const state = on.client.getAccessTokenState(NEED)
  expect(state.status === 'ready' && state.accessToken).not.toBe(bobs)
  expect(await on.client.getAccessToken(NEED)).not.toBe(bobs)
})

test('F1 drops a refresh that ends in the middle of a sign-out', async () => {
  const on = await signedIn({}, { subject: 'alice' })
  const alices = new Set([await on.client.getAccessToken(NEED)])
  const other = on.open()
  await other.client.whenSettled()
  // The answer of the refresh lies in this page's queue when the user signs out.
  on.tab.muted = true
  const renewal = outcome(other.client.getAccessToken({ ...NEED, forceRefresh: true }))
  await on.world.advance(2000)
  const answered = await renewal
  alices.add(String('value' in answered && answered.value))
  let answer: Promise<unknown> | undefined
  const stop = on.client.subscribe(() => {
    if (on.client.getSession().status !== 'signed-out' || answer) return
    // The application's render of "signed out" lets the queue be read first.
    answer = Promise.resolve(on.tab.unmute())
  })
  const signedOut = outcome(on.client.signOut({ provider: false }))
  await on.world.advance(1000)
  await signedOut
  stop()
  expect(answer).toBeDefined()
  expect(on.client.getTokenResponse(NEED)).toBeUndefined()
  on.provider.options.subject = 'bob'
  await on.signIn(other)
  await on.world.settle()
  expect(on.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'bob' })
  expect(alices).not.toContain(on.client.getTokenResponse(NEED)?.access_token)
  expect(alices).not.toContain(await on.client.getAccessToken(NEED))
})

test('F1 holds back what arrives while the next user is checked and the first one comes back', async () => {
  const { gate, schema: userSchema } = gatedSchema('bob')
  const on = await signedIn({ userSchema }, { subject: 'alice' })
  await on.client.getAccessToken(NEED)
  const other = on.open()
  await other.client.whenSettled()
  on.provider.options.subject = 'bob'
  const bob = await on.signIn(other)
  const bobs = await bob.client.getAccessToken(NEED)
  on.provider.options.subject = 'alice'
  await on.signIn(bob)
  gate.open()
  await on.world.advance(1000)
  expect(on.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'alice' })
  expect(on.client.getTokenResponse(NEED)?.access_token).not.toBe(bobs)
  expect(await on.client.getAccessToken(NEED)).not.toBe(bobs)
})

test('F1 gives no token, token response or renewal to a page without a session', async () => {
  const on = await signedIn()
  const other = on.open()
  await other.client.whenSettled()
  await on.client.getAccessToken(NEED)
  let heard = 0
  on.client.subscribeAccessToken(() => heard++, NEED, { watch: false })
  on.tab.muted = true
  const renewal = outcome(other.client.getAccessToken({ ...NEED, forceRefresh: true }))
  await on.world.advance(2000)
  await renewal
  const signedOut = outcome(on.client.signOut({ provider: false }))
  await on.world.settle()
  const before = heard
  // The report of the refresh and its token both arrive after the page was signed out.
  on.tab.unmute()
  await on.world.advance(1000)
  await signedOut
  expect(on.client.getTokenResponse(NEED)).toBeUndefined()
  expect(on.client.getTokenResponse()).toBeUndefined()
  expect(on.client.getRenewal(NEED)).toBe('idle')
  expect(on.client.getAccessTokenState(NEED)).toMatchObject({ status: 'unavailable' })
  expect(heard).toBe(before)
})

const schema = (check: (claims: { sub: string }) => Promise<void>) => ({
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: async (claims: unknown) => {
      await check(claims as { sub: string })
      return { value: claims as { sub: string } }
    },
  },
})

test('U20 U21 tells a waiting caller when another user comes and goes while userSchema is still checking', async () => {
  const userSchema = schema(async ({ sub }) => {
    if (sub === 'user-2') await new Promise<void>(() => {})
  })
  const on = await signedIn({ userSchema })
  const token = await on.client.getAccessToken()
  const other = on.open()
  await other.client.whenSettled()
  on.provider.options.subject = 'user-2'
  const back = await on.signIn(other)
  const settled = on.client.whenSettled()
  on.provider.options.subject = 'user-1'
  await on.signIn(back)
  await on.world.settle()
  expect(await settled).toMatchObject({ status: 'signed-in', subject: 'user-1' })
  expect(await on.client.getAccessToken()).not.toBe(token)
})

test('U20 gives a call made while the page shows one user no token of the next user, who is being checked', async () => {
  let checked: (() => void) | undefined
  const userSchema = schema(async ({ sub }) => {
    if (sub === 'user-2') await new Promise<void>((resolve) => (checked = resolve))
  })
  const on = await signedIn({ userSchema })
  const other = on.open()
  await other.client.whenSettled()
  on.provider.options.subject = 'user-2'
  await on.signIn(other)
  expect(on.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
  // The form of the first user is still on the screen, and its handler asks for a token.
  const asked = on.client.getAccessToken().then(
    (token) => ({ token }),
    (error: { code: string }) => ({ error }),
  )
  await on.world.settle()
  checked!()
  await on.world.advance(1000)
  expect(on.client.getSession()).toMatchObject({ subject: 'user-2' })
  expect(await asked).not.toHaveProperty('token')
})

test('U14 U20 gives no token and no UserInfo of a user whom userSchema has not accepted', async () => {
  const on = await device()
  const page = on.open({ userSchema: schema(() => new Promise<void>(() => {})) })
  page.client.start()
  await page.client.whenSettled()
  await on.signIn(on.open())
  await on.world.settle()
  const token = outcome(page.client.getAccessToken())
  const info = outcome(page.client.getUserInfo())
  await on.world.advance(1000)
  expect(await token).not.toHaveProperty('value')
  expect(await info).not.toHaveProperty('value')
})

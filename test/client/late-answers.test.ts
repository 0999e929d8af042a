import { expect, test } from 'vitest'
import './lazy.ts'
import { outcome } from '../support/outcomes.ts'
import { appDevice as device, signedInApp as signedIn } from './setup.ts'

test('U7 a worker’s answer that waited while the page was frozen is not handed out as a valid token', async () => {
  const on = await signedIn()
  on.tab.muted = true
  const asked = outcome(on.client.getAccessToken({ forceRefresh: true }))
  await on.world.advance(2000)
  expect(on.tokenRequests()).toBe(2)
  // The page is frozen for two hours; the message lies in its queue.
  on.world.sleep(2 * 3_600_000)
  on.tab.unmute()
  await on.world.advance(5000)
  const got = await asked
  // A token that is valid now, or an error: never the one that ended an hour ago.
  if ('value' in got) {
    expect(on.client.getAccessTokenState()).toMatchObject({
      status: 'ready',
      accessToken: got.value,
    })
  }
})

test('U7 minValidity counts when the answer arrives, not when it left', async () => {
  const on = await signedIn({}, { expiresIn: 100 })
  await on.world.advance(1000)
  on.tab.muted = true
  const asked = outcome(on.client.getAccessToken({ forceRefresh: true, minValidity: 60_000 }))
  await on.world.advance(50_000 - 6000)
  on.world.sleep(6000)
  on.tab.unmute()
  await on.world.advance(0)
  await on.world.advance(5000)
  const got = await asked
  if ('value' in got) {
    const state = on.client.getAccessTokenState()
    expect(state.status === 'ready' && state.expiresAt - on.world.wall).toBeGreaterThan(50_000)
  }
})

test('U20 getUserInfo of a page that shows one user never answers with another’s', async () => {
  const on = await signedIn()
  const other = on.open()
  other.client.start()
  await on.world.settle()
  // This page has not heard yet of what happens in the other tab.
  on.tab.muted = true
  on.provider.options.subject = 'user-2'
  const back = await on.signIn(other)
  expect(back.client.getSession()).toMatchObject({ subject: 'user-2' })
  expect(on.client.getSession()).toMatchObject({ subject: 'user-1' })
  const info = outcome(on.client.getUserInfo())
  const token = outcome(on.client.getAccessToken({ forceRefresh: true }))
  await on.world.advance(2000)
  on.tab.unmute()
  await on.world.advance(2000)
  expect(await token).toMatchObject({ error: { code: 'user_mismatch' } })
  expect(await info).not.toMatchObject({ value: { sub: 'user-2' } })
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

test('U20 U21 another user comes and goes while they are checked: whoever waits is told', async () => {
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

test('U20 a call made while the page shows one user gets no token of the next, who is being checked', async () => {
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
  // The first user’s form is still on the screen, and is sent.
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

test('U14 U20 no token and no UserInfo of somebody whom userSchema has not accepted', async () => {
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

test('U20 who listened once and left is still concealed in the back-forward cache, and comes back', async () => {
  const on = await signedIn()
  const page = on.open()
  const stop = page.client.subscribe(() => {})
  await page.client.whenSettled()
  stop()
  page.tab.emit('cached')
  expect(page.tab.concealed).toBe(true)
  page.tab.emit('restored')
  await on.world.advance(5000)
  expect(page.tab.concealed).toBe(false)
})

test('U11 automatic: undefined is found out by itself, and counts', async () => {
  const on = await device()
  const tab = on.world.tab()
  let last: unknown
  for (let i = 0; i < 4; i++) {
    const app = on.open({}, { cloneOf: tab })
    app.tab.touched = false
    last = await outcome(app.client.signIn({ automatic: undefined }))
    for (const [name, value] of app.tab.storage) tab.storage.set(name, value)
    await on.world.advance(100)
  }
  expect(last).toMatchObject({ error: { code: 'redirect_loop' } })
})

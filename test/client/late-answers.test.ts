import { expect, test } from 'vitest'
import './lazy.ts'
import { outcome } from '../support/outcomes.ts'
import { appDevice as device, signedInApp as signedIn } from './setup.ts'

test('U7 does not hand out, as a valid token, a worker’s answer that waited while the page was frozen', async () => {
  const on = await signedIn()
  on.tab.muted = true
  const asked = outcome(on.client.getAccessToken({ forceRefresh: true }))
  await on.world.advance(2000)
  expect(on.tokenRequests()).toBe(2)
  // The page is frozen for two hours while the message waits in its queue.
  on.world.sleep(2 * 3_600_000)
  on.tab.unmute()
  await on.world.advance(5000)
  const got = await asked
  // A token that is valid now or an error is right; the token that ended an hour ago is not.
  if ('value' in got) {
    expect(on.client.getAccessTokenState()).toMatchObject({
      status: 'ready',
      accessToken: got.value,
    })
  }
})

test('U7 measures minValidity when the answer arrives, not when it was sent', async () => {
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

test('U20 never answers getUserInfo with the claims of another user than the page shows', async () => {
  const on = await signedIn()
  const other = on.open()
  other.client.start()
  await on.world.settle()
  // Messages of the worker do not reach this page yet.
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

test('U20 conceals a page in the back-forward cache, and shows it again, also after its only listener left', async () => {
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

test('U11 counts a sign-in with automatic: undefined as automatic when the user has not touched the page', async () => {
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

test('F5 takes nothing that was said to a frozen page for what is so when it thaws', async () => {
  const on = await signedIn()
  const frozen = on.open()
  await frozen.client.whenSettled()
  frozen.tab.freeze()
  const again = await on.signIn(on)
  const over = await again.client.getAccessToken()
  await again.client.signOut({ provider: false })
  await on.world.settle()
  const seen: unknown[] = []
  const see = () => seen.push(frozen.client.getTokenResponse()?.access_token)
  frozen.client.subscribe(see)
  frozen.client.subscribeAccessToken(see, {}, { watch: false })
  frozen.tab.thaw()
  await on.world.advance(1000)
  expect(frozen.client.getSession()).toMatchObject({ status: 'signed-out' })
  expect(seen).not.toContain(over)
})

test('F5 takes no sign-in that ended meanwhile out of the queue of a page that stood still', async () => {
  const on = await device()
  const first = on.open()
  const other = on.open()
  await other.client.whenSettled()
  await first.client.signIn()
  const back = on.back(first.tab, on.answer(first.tab))
  let answer!: () => void
  const answered = new Promise<void>((resolve) => (answer = resolve))
  on.provider.next('token', (act) => answered.then(act))
  back.client.start()
  const seen: unknown[] = []
  back.client.subscribe(() => seen.push(back.client.getSession().status))
  await on.world.settle()
  back.tab.muted = true
  answer()
  await on.world.settle()
  back.tab.enterBackForwardCache()
  await other.client.signOut({ provider: false })
  back.tab.leaveBackForwardCache()
  await on.world.advance(1000)
  expect(seen).not.toContain('signed-in')
  expect(back.client.getSession().status).toBe('signed-out')
})

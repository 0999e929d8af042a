import { expect, test } from 'vitest'
import type { StandInProvider } from '../../demo/provider/index.ts'
import { signIn, token, untilExpired } from './harness/tab.ts'
import { worlds } from './harness/world.ts'

const createWorld = worlds()

/** How many token requests the provider had at a time, at the most, from now on. */
function mostAtOnce(provider: StandInProvider): () => number {
  const underWay = new Set<number>()
  let most = 0
  provider.observe(({ id, endpoint, status }) => {
    if (endpoint !== 'token') return
    if (status === undefined) underWay.add(id)
    else underWay.delete(id)
    most = Math.max(most, underWay.size)
  })
  return () => most
}

for (const vault of ['worker', 'page'] as const) {
  test(`U1 makes one token request for a hundred calls with an expired token [${vault}]`, async () => {
    const { provider, tab } = await createWorld({
      client: { vault },
      provider: { accessTokenTtl: 2 },
    })
    const page = await tab()
    await signIn(page)
    const dead = await untilExpired(provider)
    const before = provider.requests('token').length
    const tokens = await page.evaluate(() =>
      Promise.all(Array.from({ length: 100 }, () => window.auth.getAccessToken())),
    )
    expect(provider.requests('token')).toHaveLength(before + 1)
    expect(new Set(tokens)).toEqual(new Set([provider.secrets().accessTokens.at(-1)]))
    expect(tokens[0]).not.toBe(dead)
  })
}

test('T-12 W10 makes three requests, one after another, for ten callers of each of three resources', async () => {
  const { provider, tab } = await createWorld({
    client: { resource: ['https://a.example', 'https://b.example', 'https://c.example'] },
    provider: { accessTokenTtl: 60 },
  })
  const page = await tab()
  await signIn(page)
  const before = provider.requests('token').length
  const most = mostAtOnce(provider)
  const tokens = await page.evaluate(() =>
    Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        window.auth.getAccessToken({ resource: `https://${'abc'[index % 3]}.example` }),
      ),
    ),
  )
  expect(provider.requests('token')).toHaveLength(before + 3)
  expect(most()).toBe(1)
  for (const [index, one] of tokens.entries()) expect(one).toBe(tokens[index % 3])
  expect(new Set(tokens).size).toBe(3)
  expect(provider.families()).toMatchObject([{ reused: false }])
})

test('U13 renders each reader of the token once at a refresh, and no reader of status or user', async () => {
  const { tab } = await createWorld({ watch: true })
  const page = await tab()
  await signIn(page)
  await expect.poll(() => page.getByTestId('token').textContent()).toBe('ready')
  const before = await page.evaluate(() => ({ ...window.renders }))
  for (let turn = 0; turn < 3; turn++) await token(page, { forceRefresh: true })
  await expect
    .poll(() => page.evaluate(() => window.renders['token']))
    .toBe((before['token'] ?? 0) + 3)
  expect(await page.evaluate(() => window.renders)).toEqual({
    ...before,
    token: before['token']! + 3,
  })
})

test('sends no message and no request while the token is warm', async () => {
  const { provider, context, tab } = await createWorld()
  await context.addInitScript(() => {
    const post = MessagePort.prototype.postMessage
    Object.assign(window, { posts: 0 })
    MessagePort.prototype.postMessage = function (this: MessagePort, ...given: unknown[]) {
      ;(window as unknown as { posts: number }).posts++
      post.apply(this, given as never)
    }
  })
  const page = await tab()
  await signIn(page)
  await token(page)
  const before = provider.requests().length
  const posts = await page.evaluate(async () => {
    const counted = window as unknown as { posts: number }
    const start = counted.posts
    for (let turn = 0; turn < 1000; turn++) await window.auth.getAccessToken()
    return counted.posts - start
  })
  expect(posts).toBe(0)
  expect(provider.requests()).toHaveLength(before)
})

import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { userAgent } from '../provider/user-agent.ts'
import { everythingIn, heapOf, overhear } from './harness/spies.ts'
import { diagnostics, sessionLog, signIn, status, token, waitForStatus } from './harness/tab.ts'
import { worlds } from './harness/world.ts'

const createWorld = worlds()

test('U24 A-18 A-40 keeps the refresh token out of the page: storage, URL, channels, errors, heap', async () => {
  const { provider, context, tab } = await createWorld({ watch: true })
  await overhear(context)
  const page = await tab()
  const urls: string[] = []
  context.on('request', (request) => urls.push(request.url(), request.postData() ?? ''))
  await signIn(page)
  await token(page, { forceRefresh: true })
  await page.reload()
  await waitForStatus(page, 'signed-in')
  await token(page, { forceRefresh: true })
  // A request fails on the way, because errors travel to the page too.
  provider.fail({ endpoint: 'token', mode: 'invalid_request', times: 1 })
  await token(page, { forceRefresh: true })
  const errors = await page.evaluate(() =>
    window.auth
      .getAccessToken({ minValidity: 1e12 })
      .then(String, (error: Error) => [error.message, error.stack, JSON.stringify(error)].join()),
  )
  expect(errors).toContain('minValidity')

  const planted = `planted-${crypto.randomUUID()}`
  await page.evaluate((secret) => Object.assign(window, { planted: { secret } }), planted)
  const { refreshTokens, accessTokens } = provider.secrets()
  expect(refreshTokens.length).toBeGreaterThanOrEqual(4)
  const seen = [await everythingIn(page), errors, ...urls].join('\n')
  const heap = await heapOf(page)
  for (const secret of refreshTokens) {
    expect(seen.includes(secret), 'in what the page keeps or was told').toBe(false)
    expect(heap.includes(secret), 'in the heap').toBe(false)
  }
  // The search does find what is there.
  expect(heap).toContain(planted)
  expect(seen).toContain(accessTokens.at(-1))
})

test('finds the refresh token, with the same search, where it may be: in the heap of the page vault', async () => {
  const { provider, tab } = await createWorld({ client: { vault: 'page' } })
  const page = await tab()
  await signIn(page)
  expect(await heapOf(page)).toContain(provider.secrets().refreshTokens[0])
})

test('A-05 A-18 A-19 leaves no token, code or verifier in any storage after sign-in', async () => {
  const { provider, context, tab } = await createWorld()
  const page = await tab()
  await signIn(page)
  const stored = JSON.stringify(await context.storageState({ indexedDB: true }))
  const session = await page.evaluate(() => JSON.stringify({ ...sessionStorage }))
  const secrets = provider.secrets()
  for (const secret of Object.values(secrets).flat()) {
    expect(stored).not.toContain(secret)
    expect(session).not.toContain(secret)
  }
  expect(session).not.toContain('code_verifier')
})

/** Plays a hostile script of the same origin, which has a port of its own to the same worker. */
async function hostilePort(page: Page) {
  const { workers, port } = await page.evaluate(() => window.overheard)
  await page.evaluate(({ url, name }) => {
    const worker = new SharedWorker(url, {
      type: 'module',
      name,
      extendedLifetime: true,
    } as WorkerOptions)
    const answers: unknown[] = []
    worker.port.addEventListener('message', ({ data }) => answers.push(data))
    worker.port.start()
    Object.assign(window, { hostile: worker.port, answers })
  }, workers[0]!)
  const opening = port.find((message) => (message as { method?: string }).method === 'open')
  return {
    config: (opening as { argument: Record<string, unknown> }).argument,
    recorded: port as { id: number; method?: string }[],
    /** Posts, and waits for the answer with the same id. */
    ask: (message: unknown) =>
      page.evaluate(async (sent) => {
        const { hostile, answers } = window as unknown as {
          hostile: MessagePort
          answers: { id: number; value?: unknown; error?: { code?: string } }[]
        }
        const id = 1000 + Math.floor(Math.random() * 1e9)
        hostile.postMessage({ ...(sent as object), id })
        for (;;) {
          const answer = answers.find((one) => one.id === id)
          if (answer) return answer
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      }, message),
    post: (message: unknown) =>
      page.evaluate((sent) => {
        ;(window as unknown as { hostile: MessagePort }).hostile.postMessage(sent)
      }, message),
    answers: () => page.evaluate(() => JSON.stringify((window as never)['answers'])),
  }
}

test('gives a hostile port no refresh token, and moves no family to its endpoints', async () => {
  const { provider, context, tab } = await createWorld()
  const evil = await createWorld()
  await overhear(context)
  const page = await tab()
  await signIn(page)
  const hostile = await hostilePort(page)

  const opened = await hostile.ask({ method: 'open', argument: hostile.config })
  expect(opened.value).toMatchObject({ status: 'live' })
  await hostile.ask({ method: 'getToken', argument: { force: true } })

  const metadata = await (await fetch(`${provider.issuer}/.well-known/openid-configuration`)).json()
  const moved = {
    ...(metadata as object),
    token_endpoint: `${evil.provider.issuer}/token`,
    revocation_endpoint: `${evil.provider.issuer}/token/revocation`,
  }
  const elsewhere = await hostile.ask({
    method: 'open',
    argument: { ...hostile.config, metadata: moved },
  })
  expect(elsewhere.value ?? elsewhere.error).not.toMatchObject({ status: 'live' })
  const refused = await hostile.ask({ method: 'getToken', argument: { force: true } })
  expect(refused.error).toBeDefined()
  expect(await token(page, { forceRefresh: true })).toBe(provider.secrets().accessTokens.at(-1))
  // A sign-out counts for every configuration of this client. What is revoked goes where the token came from.
  await hostile.ask({ method: 'endSession', argument: { provider: false } })
  await waitForStatus(page, 'signed-out')
  await expect.poll(() => provider.families()).toMatchObject([{ live: 0 }])
  expect(evil.provider.requests()).toEqual([])

  const answers = await hostile.answers()
  const { refreshTokens, accessTokens } = provider.secrets()
  expect(answers).toContain(accessTokens[0])
  for (const secret of refreshTokens) expect(answers).not.toContain(secret)
})

test('keeps every tab working after malformed and replayed messages', async () => {
  const { provider, context, tab } = await createWorld()
  await overhear(context)
  const [page, other] = [await tab(), await tab()]
  await signIn(page)
  const hostile = await hostilePort(page)
  const before = provider.requests('token').length
  for (const junk of [
    ...[null, 'x', 7, [], {}, { id: 'x' }, { id: 1 }, { id: 1, method: '__proto__' }],
    ...[null, 'x', 7, [], {}].map((argument) => ({ id: 2, method: 'open', argument })),
    { id: 3, method: 'getToken', argument: { minValidity: 'soon' } },
    { id: 4, method: 'exchangeCode' },
    { id: 5, method: 'open', argument: { ...hostile.config, issuer: 'javascript:alert(1)' } },
    { id: 6, method: 'open', argument: { ...hostile.config, metadata: { issuer: 'x' } } },
  ]) {
    await hostile.post(junk)
  }
  await hostile.ask({ method: 'open', argument: hostile.config })
  const replayed = hostile.recorded.filter(({ method }) => method === 'exchangeCode')
  expect(replayed).toHaveLength(1)
  expect((await hostile.ask(replayed[0])).error?.code).toBe('state_mismatch')
  expect(provider.requests('token')).toHaveLength(before)
  await token(page, { forceRefresh: true })
  await waitForStatus(other, 'signed-in')
  expect(await token(other)).toBe(await token(page))
})

test('U20 T-19 keeps the session when another user’s response is injected, and revokes its refresh token', async () => {
  const { provider, context, tab } = await createWorld()
  await overhear(context)
  const page = await tab()
  await signIn(page)
  const hostile = await hostilePort(page)
  const opened = await hostile.ask({ method: 'open', argument: hostile.config })
  expect(opened.value).toMatchObject({ claims: { sub: 'alice' } })
  const sent = hostile.recorded.find(({ method }) => method === 'exchangeCode') as unknown as {
    argument: { transaction: { state: string; metadata: unknown } }
  }
  const state = `${sent.argument.transaction.state.slice(0, -4)}evil`

  const { verifier, back } = await userAgent(provider).authorize({ login_hint: 'bob', state })
  const answer = await hostile.ask({
    method: 'exchangeCode',
    argument: {
      ...sent.argument,
      code: back!.get('code'),
      transaction: {
        ...sent.argument.transaction,
        state,
        nonce: 'a-nonce',
        code_verifier: verifier,
        redirect_uri: 'http://127.0.0.1:9/',
      },
    },
  })
  expect(answer.error?.code).toBe('user_mismatch')
  expect(await status(page)).toBe('signed-in')
  expect(JSON.stringify(await sessionLog(page))).not.toContain('bob')
  await expect
    .poll(() => provider.families().find(({ sub }) => sub === 'bob'))
    .toMatchObject({ live: 0 })
  await token(page, { forceRefresh: true })
  expect((await diagnostics(page)).vault).toBe('worker')
})

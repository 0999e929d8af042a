import { expect, test } from 'vitest'
import { deployments, wait, type Deployment } from './deployment.ts'

const deploy = deployments()
const EXPIRIES = 10
const REQUESTS = 30
const KILLS = 8

const families = ({ provider }: Deployment) => provider.families()

test('B-25 renews once at each of 10 expiries for 30 requests with one cookie at two processes', async () => {
  const deployment = await deploy(2, { inCookies: true })
  const { servers } = deployment
  const visitor = await deployment.signIn()
  for (let expiry = 1; expiry <= EXPIRIES; expiry += 1) {
    await deployment.expire()
    const over = await visitor.token(servers[expiry % 2]!.origin)
    expect(over).toMatchObject({ status: 401, body: { code: 'token_expired' } })
    const answers = await Promise.all(
      Array.from(
        { length: REQUESTS },
        async (_, i) => await visitor.refresh(servers[i % 2]!.origin),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(REQUESTS).fill(200))
    expect(new Set(answers.map(({ body }) => body.generation))).toEqual(new Set([expiry + 1]))
    expect(deployment.refreshes().length).toBe(expiry)
    for (const { origin } of servers) expect((await visitor.token(origin)).status).toBe(200)
  }
  expect(families(deployment)).toMatchObject([{ live: 1, reused: false, revoked: false }])
  expect(deployment.output).toBe('')
})

test('B-26 gives the answer to a renewal to who comes with the cookie of before, when the process that had it is gone', async () => {
  const deployment = await deploy(2, { inCookies: true })
  const { servers } = deployment
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const visitor = await deployment.signIn()
    const { cookie } = visitor
    await deployment.expire()
    const before = deployment.refreshes().length
    // The cookies of this answer are lost with its connection.
    const answer = await fetch(`${servers[1]!.origin}/bff/refresh`, {
      method: 'POST',
      headers: { cookie, 'x-csrf': '1' },
    })
    expect(answer.status).toBe(200)
    await servers[1]!.kill()
    const renewed = await visitor.refresh(servers[0]!.origin)
    expect(renewed).toMatchObject({ status: 200, body: { generation: 2 } })
    expect(deployment.refreshes().length).toBe(before + 1)
    await deployment.start(1)
  }
  expect(families(deployment).every(({ live, reused }) => live === 1 && !reused)).toBe(true)
  expect(deployment.output).toBe('')
})

test('B-60 answers 503 while the deny-list is away, signs nobody out, and is back by itself', async () => {
  const deployment = await deploy(1, { inCookies: true })
  const { servers, redis } = deployment
  const { origin } = servers[0]!
  const visitor = await deployment.signIn()
  await redis.kill()
  for (const answer of [await visitor.session(origin), await visitor.refresh(origin)]) {
    expect(answer).toMatchObject({
      status: 503,
      retryAfter: '1',
      body: { code: 'store_unavailable' },
    })
  }
  await redis.start()
  while ((await visitor.session(origin)).status === 503) await wait(50)
  expect(await visitor.session(origin)).toMatchObject({ body: { authenticated: true } })
  await deployment.expire()
  expect(await visitor.refresh(origin)).toMatchObject({ status: 200, body: { generation: 2 } })
})

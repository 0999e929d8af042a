import { expect, test } from 'vitest'
import { deployments } from './deployment.ts'

const deploy = deployments()
const EXPIRIES = 20
const REQUESTS = 50

test('B-25 refreshes once at each of 20 expiries for 50 requests at three processes', async () => {
  const deployment = await deploy(3)
  const { provider, servers } = deployment
  const visitor = await deployment.signIn()
  for (let expiry = 1; expiry <= EXPIRIES; expiry += 1) {
    await deployment.expire()
    const answers = await Promise.all(
      Array.from({ length: REQUESTS }, async (_, i) => await visitor.token(servers[i % 3]!.origin)),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(REQUESTS).fill(200))
    expect(new Set(answers.map(({ body }) => body.accessToken)).size).toBe(1)
    expect(deployment.refreshes().length).toBe(expiry)
  }
  expect(provider.families()).toMatchObject([
    { issued: 21, live: 1, reused: false, revoked: false },
  ])
  expect(deployment.output).toBe('')
})

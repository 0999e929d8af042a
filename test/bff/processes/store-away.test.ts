import { expect, test } from 'vitest'
import { deployments, wait } from './deployment.ts'
import type { ServerProcess } from './server-process.ts'
import type { Answer, Visitor } from './visitor.ts'

const deploy = deployments()
/** What a process gives a store that is away. While it answers it has as long as a busy machine needs. */
const STORE_DEADLINE_MS = 75
/** A process that stands still for less than the difference is not mistaken. */
const SLOW_MS = 2_000

async function giveUpAfter(ms: number | undefined, servers: readonly ServerProcess[]) {
  await Promise.all(servers.map((server) => server.storeDeadline(ms)))
}
const giveUpEarly = (servers: readonly ServerProcess[]) => giveUpAfter(STORE_DEADLINE_MS, servers)
const bePatient = (servers: readonly ServerProcess[]) => giveUpAfter(undefined, servers)

/** All that a visitor may ask, at each process. */
async function askAll(visitor: Visitor, servers: readonly ServerProcess[]): Promise<Answer[]> {
  const asked = servers.flatMap(({ origin }) => [visitor.token(origin), visitor.session(origin)])
  return await Promise.all(asked)
}

function expectUnavailable(answers: readonly Answer[]): void {
  for (const { status, retryAfter, body } of answers) {
    expect({ status, retryAfter, code: body.code }).toEqual({
      status: 503,
      retryAfter: expect.stringMatching(/^\d+$/),
      code: 'store_unavailable',
    })
  }
}

/** Until each process answers again, without anybody's help. @returns ms */
async function recovery(visitor: Visitor, servers: readonly ServerProcess[]): Promise<number> {
  const start = performance.now()
  for (;;) {
    const answers = await askAll(visitor, servers)
    for (const { status, body } of answers) {
      expect([200, 503]).toContain(status)
      if (status === 200) expect(body.authenticated ?? body.accessToken).toBeTruthy()
    }
    if (answers.every(({ status }) => status === 200)) return Math.round(performance.now() - start)
    if (performance.now() - start > 60_000) throw new Error('It does not come back.')
    await wait(20)
  }
}

const slowest = (answers: readonly Answer[]): number =>
  Math.round(Math.max(...answers.map(({ ms }) => ms)))

test('B-60 answers 503 while Redis is away, slow or cut off, and recovers without a restart', async () => {
  const deployment = await deploy(3)
  const { redis, servers, links, provider } = deployment
  const visitor = await deployment.signIn()
  await recovery(visitor, servers)

  await giveUpEarly(servers)
  await redis.kill()
  const away = await askAll(visitor, servers)
  expectUnavailable(away)
  expectUnavailable(await askAll(visitor, servers))
  await bePatient(servers)
  await redis.start()
  const backMs = await recovery(visitor, servers)
  console.log(`figure: Redis killed: 503 in ${slowest(away)} ms, back ${backMs} ms after it`)

  await giveUpEarly(servers)
  for (const link of links) link.delay(SLOW_MS)
  const slow = await askAll(visitor, servers)
  expectUnavailable(slow)
  await bePatient(servers)
  for (const link of links) link.heal()
  const fastMs = await recovery(visitor, servers)
  console.log(`figure: Redis slow: 503 in ${slowest(slow)} ms, back ${fastMs} ms after it`)

  await giveUpEarly([servers[1]!])
  links[1]!.partition()
  const partitioned = await askAll(visitor, [servers[1]!])
  for (let i = 0; i < 10; i += 1) expectUnavailable(await askAll(visitor, [servers[1]!]))
  await recovery(visitor, [servers[0]!, servers[2]!])
  await bePatient(servers)
  links[1]!.heal()
  const healedMs = await recovery(visitor, servers)
  console.log(
    `figure: Redis partitioned: 503 in ${slowest(partitioned)} ms, back ${healedMs} ms after it`,
  )

  expect(provider.families().at(-1)).toMatchObject({ live: 1 })
  expect(provider.families().every(({ reused }) => !reused)).toBe(true)
  expect(deployment.output).toBe('')
})

test('B-25 writes the answer of a refresh down when Redis comes back, and sends no second one', async () => {
  const deployment = await deploy(2)
  const { provider, servers, links } = deployment
  const visitor = await deployment.signIn()
  await deployment.expire()
  const held = provider.hold({
    endpoint: 'token',
    grantType: 'refresh_token',
    answer: true,
    times: 1,
  })
  const refreshing = visitor.token(servers[0]!.origin)
  await held.arrived()
  await giveUpAfter(1_000, [servers[0]!])
  links[0]!.partition()
  held.release()
  // Longer than the store may take, and shorter than the lease, after which another process would try.
  await wait(1_500)
  await bePatient(servers)
  links[0]!.heal()
  expect((await refreshing).status).toBe(200)
  for (const { origin } of servers) expect((await visitor.token(origin)).status).toBe(200)
  expect(deployment.refreshes().length).toBe(1)
  expect(provider.families()).toMatchObject([{ live: 1, reused: false }])
})

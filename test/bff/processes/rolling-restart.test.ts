import { expect, test } from 'vitest'
import { deployments, wait, type Deployment } from './deployment.ts'
import type { Answer, Visitor } from './visitor.ts'

const deploy = deployments()
const VISITORS = 5

test('loses neither a request nor a session while three processes are replaced under load', async () => {
  const deployment = await deploy(3)
  const visitors: Visitor[] = []
  for (let i = 0; i < VISITORS; i += 1) visitors.push(await deployment.signIn())

  const answers: Answer[] = []
  const state = { isOver: false }
  const load = visitors.map(async (visitor, i) => {
    for (let turn = i; !state.isOver; turn += 1) {
      answers.push(await askOneOf(deployment, visitor, turn))
      await wait(10)
    }
  })
  for (const at of [0, 1, 2]) {
    // Each goes while its requests wait for the provider.
    await deployment.expire()
    await wait(50)
    await deployment.servers[at]!.stop()
    await deployment.start(at)
  }
  await deployment.expire()
  await wait(500)
  state.isOver = true
  await Promise.all(load)

  expect(answers.filter(({ status }) => status !== 200)).toEqual([])
  expect(answers.length).toBeGreaterThan(50)
  for (const visitor of visitors) {
    for (const { origin } of deployment.servers)
      expect((await visitor.token(origin)).status).toBe(200)
  }
  const families = deployment.provider.families()
  expect(families.filter(({ live, reused }) => live === 1 && !reused).length).toBe(VISITORS)
  expect(deployment.output).toBe('')
})

/** As a load balancer does it: a connection that is refused, or closed before an answer, is another process's. */
async function askOneOf({ servers }: Deployment, visitor: Visitor, turn: number): Promise<Answer> {
  for (let i = turn; ; i += 1) {
    const answer = await visitor.token(servers[i % servers.length]!.origin).catch(() => undefined)
    if (answer) return answer
    await wait(5)
  }
}

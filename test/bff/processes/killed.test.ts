import { expect, test } from 'vitest'
import type { RequestEntry } from '../../../demo/provider/index.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { deployments, wait, type Deployment } from './deployment.ts'
import type { ServerProcess } from './server-process.ts'
import type { Visitor } from './visitor.ts'

const deploy = deployments()
/** Each is the start of a process; `KILLS=200` looks longer. */
const KILLS = Number(process.env['KILLS'] ?? 50)
const DEADLINE_MS = 120_000 + KILLS * 6_000
/** From each of these a process has up to so many milliseconds more to live. */
const LAST_MS = 40
const MOMENTS = ['asked', 'at the provider', 'answered'] as const

test(
  'B-25 signs nobody out when a process is killed in a refresh, unless the answer of the provider died with it',
  async () => {
    const random = seededRandom()
    const deployment = await deploy(1)
    const { provider, servers } = deployment
    const visitors: Visitor[] = []
    for (let i = 0; i < KILLS; i += 1) visitors.push(await deployment.signIn())
    await deployment.expire()

    const endings: Promise<'signed in' | 'reauth_required'>[] = []
    let next = deployment.start(1)
    for (const [i, visitor] of visitors.entries()) {
      const victim = await next
      next = deployment.start(2 - (i % 2))
      await killInRefresh(deployment, victim, visitor, MOMENTS[i % MOMENTS.length]!, random)
      const ending = endingOf(visitor, servers[0]!)
      // Looked at when all are there: one that fails before is no rejection that nobody handles.
      ending.catch(() => {})
      endings.push(ending)
    }
    await next

    const ends = await Promise.all(endings)
    const lost = ends.filter((end) => end === 'reauth_required').length
    console.log(
      `figure: ${KILLS} processes killed in a refresh, ${lost} answers of the provider died with them`,
    )
    // Who must sign in again is who has a refresh token that the provider had rotated already.
    expect(lost).toBe(rotatedInVain(deployment.refreshes()))
    expect(provider.families().filter(({ reused }) => reused).length).toBe(lost)
    expect(provider.families().filter(({ live }) => live === 1).length).toBe(KILLS - lost)
    expect(deployment.output).toBe('')
  },
  DEADLINE_MS,
)

async function killInRefresh(
  { provider }: Deployment,
  victim: ServerProcess,
  visitor: Visitor,
  moment: (typeof MOMENTS)[number],
  random: () => number,
): Promise<void> {
  const reached = new Promise<void>((resolve) => {
    const stop = provider.observe(({ grantType, status }) => {
      const wanted = moment === 'answered' ? status !== undefined : moment !== 'asked'
      if (grantType !== 'refresh_token' || !wanted) return
      stop()
      resolve()
    })
    if (moment === 'asked') resolve()
  })
  // What became of it is asked afterwards, of another process.
  const asked = visitor.token(victim.origin).catch(() => undefined)
  await Promise.race([reached, asked])
  await wait(random() * LAST_MS)
  await victim.kill()
  await asked
}

/** What the visitor finds at a process that lives. The lease of the dead one is over in four seconds. */
async function endingOf(visitor: Visitor, survivor: ServerProcess) {
  for (let before: string | undefined; ;) {
    const { status, body, retryAfter, late } = await visitor.token(survivor.origin)
    if (late > 0) before = 'provider_unavailable'
    if (status === 200) {
      expect((await visitor.session(survivor.origin)).body.authenticated).toBe(true)
      return 'signed in'
    }
    if (status === 401) {
      // Who was told to come again finds no session any more: how it ended was for the call before to hear.
      const isTooLate = before === 'provider_unavailable' && body.code === 'not_authenticated'
      if (!isTooLate) expect([before, body.code]).toEqual([before, 'reauth_required'])
      return 'reauth_required'
    }
    expect({ status, retryAfter }).toEqual({ status: 503, retryAfter: expect.any(String) })
    before = body.code
    await wait(200)
  }
}

/** Refresh tokens that were sent again after the provider had answered with a new one. */
function rotatedInVain(refreshes: readonly RequestEntry[]): number {
  const spent = new Set<string>()
  let again = 0
  for (const { refreshToken = '', status } of refreshes) {
    if (spent.has(refreshToken)) again += 1
    if (status === 200) spent.add(refreshToken)
  }
  return again
}

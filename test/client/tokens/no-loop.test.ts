import { expect, test } from 'vitest'
import '../lazy.ts'
import { signedInApp } from '../setup.ts'

/** Messages that a page sent to its worker meanwhile. */
async function messagesIn(on: Awaited<ReturnType<typeof signedInApp>>, ms: number) {
  const before = on.tab.toWorker.sent
  await on.world.advance(ms)
  return on.tab.toWorker.sent - before
}

test.each([
  ['an empty scope', { scope: '' }],
  ['a scope of blanks', { scope: '  ' }],
  ['null', { scope: null as unknown as string }],
  ['no resource', { resource: [] }],
])(
  'F2 takes %s for the session’s own token, and asks for nothing in a loop',
  async (_name, need) => {
    const on = await signedInApp()
    on.client.subscribeAccessToken(() => {}, need)
    expect(await messagesIn(on, 3000)).toBeLessThanOrEqual(1)
    expect(on.client.getAccessTokenState(need)).toEqual(on.client.getAccessTokenState())
  },
)

test.each([
  ['a URL object', { resource: new URL('https://other.example/') as unknown as string }],
  ['a Set', { resource: new Set(['https://other.example/']) as unknown as string }],
  ['a number', { resource: 7 as unknown as string }],
])(
  'F24 refuses %s as a resource: it never becomes the session’s own token',
  async (_name, need) => {
    const on = await signedInApp()
    await expect(on.client.getAccessToken(need)).rejects.toThrow(/resource/)
    expect(() => on.client.getAccessTokenState(need)).toThrow(TypeError)
  },
)

test('F11 rests when page and worker disagree about the time, and says why', async () => {
  const on = await signedInApp({}, { expiresIn: 3600 })
  on.client.subscribeAccessToken(() => {})
  // A test's clock in the page alone: what Playwright's or Cypress' does.
  const { now, monotonic } = on.tab.env
  const ahead = 26 * 3_600_000
  on.tab.env.now = () => now() + ahead
  on.tab.env.monotonic = () => monotonic() + ahead
  on.tab.emit('wake')
  expect(await messagesIn(on, 10_000)).toBeLessThanOrEqual(24)
})

test('F9 is not moved by a schema that changes its argument', async () => {
  const userSchema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate(value: unknown) {
        const claims = value as Record<string, unknown>
        for (const name of Object.keys(claims)) delete claims[name]
        return { value: { sub: 'made by the schema' } }
      },
    },
  }
  const on = await signedInApp({ userSchema }, { expiresIn: 60 })
  expect(await on.client.whenSettled()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
  await on.world.advance(61_000)
  const token = on.client.getAccessToken({ forceRefresh: true })
  await on.world.advance(2000)
  expect(await token).toMatch(/^at-/)
  expect(on.client.getSession().status).toBe('signed-in')
})

test('F20 ends when a listener subscribes anew each time it is called', async () => {
  const on = await signedInApp()
  let calls = 0
  let stop = () => {}
  const listen = () => {
    calls++
    stop()
    stop = on.client.subscribe(listen)
  }
  stop = on.client.subscribe(listen)
  await on.client.signOut({ provider: false })
  await on.world.settle()
  expect(calls).toBeLessThan(10)
})

test('F29 looks at no more entries for a call the more needs there were', async () => {
  const on = await signedInApp()
  const looks = (from: number) => {
    let readings = 0
    const { monotonic } = on.tab.env
    on.tab.env.monotonic = () => {
      readings++
      return monotonic()
    }
    for (let i = from; i < from + 500; i++) {
      on.client.getAccessTokenState({ resource: `https://api.example/${i}` })
    }
    on.tab.env.monotonic = monotonic
    return readings
  }
  const first = looks(0)
  for (let from = 500; from < 5000; from += 500) looks(from)
  expect(looks(5000)).toBeLessThanOrEqual(first * 2 + 1000)
})

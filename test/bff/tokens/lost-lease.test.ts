import { expect, test } from 'vitest'
import { createBff } from '../../../src/bff/create-bff.ts'
import type { SessionStore } from '../../../src/bff/sessions/session-store.ts'
import type { TokenAnswer } from '../../../src/bff-protocol.ts'
import { refusal } from '../../../src/testing/provider/responses.ts'
import type { TestProvider } from '../../../src/testing/provider/test-provider.ts'
import { problemOf, setUp } from '../setup.ts'
import { VirtualTimers } from '../virtual-timers.ts'

/** The lease of a session is lost as soon as it is taken; every other lease is held. */
const forgetful = (store: SessionStore): SessionStore =>
  new Proxy(store, {
    get(target, name: keyof SessionStore) {
      return async (...args: never[]) => {
        const isOfSession = typeof args[0] === 'string' && !(args[0] as string).startsWith('holder')
        if (name === 'renew') return false
        if (name === 'lease' && isOfSession) return 'got'
        return await (target[name] as (...a: never[]) => Promise<unknown>).apply(target, args)
      }
    },
  })

/** Two instances whose time passes when it is told to, and a user whose access token is over. */
async function twoInstances(wrap: (store: SessionStore) => SessionStore) {
  const setup = await setUp({
    store: wrap,
    provider: { expiresIn: 300 },
    options: { mediated: [{}] },
  })
  const { env, options, browser, advance, provider, events } = setup
  const time = new VirtualTimers()
  const timed = { ...env, monotonic: time.monotonic, timer: time.timer }
  const [one, two] = [createBff(options, timed), createBff(options, timed)]
  const user = browser()
  await user.signIn()
  advance(301_000)
  /** A caller has patience for eight seconds; this one asks again after that. */
  const ask = async (bff: typeof one): Promise<Response> => {
    const headers = { 'x-csrf': '1', cookie: user.cookie }
    const request = new Request('https://app.example/bff/token', { method: 'POST', headers })
    const response = (await bff.handle(request))!
    return response.status === 503 ? ask(bff) : response
  }
  const ended = () => events.filter(({ type }) => type === 'session-ended')
  const requested = async (count: number) => {
    await time.settle()
    expect(provider.requests('token').length).toBe(1 + count)
  }
  return { provider, user, time, ended, requested, one: () => ask(one), two: () => ask(two) }
}

/** The provider acts on the next refresh, and its answer is on the way until it is let through. */
function delayed(provider: TestProvider): () => void {
  let arrive = () => {}
  const arrived = new Promise<void>((resolve) => (arrive = resolve))
  provider.next('token', async (act) => {
    const response = await act()
    await arrived
    return response
  })
  return arrive
}

const tokenOf = async (response: Response) => ((await response.json()) as TokenAnswer).accessToken

test('B-25 ends no session for invalid_grant while another instance without the lease has the answer on its way', async () => {
  const { provider, time, one, two, ended, requested, user } = await twoInstances(forgetful)
  const arrive = delayed(provider)
  const first = one()
  await requested(1)
  provider.next('token', () => refusal('invalid_grant'))
  const second = two()
  await requested(2)
  // Longer than one that is dead is waited for.
  await time.pass(6_000)
  arrive()
  const token = await tokenOf(await time.until(first))
  const another = await tokenOf(await time.until(second))
  expect(token).toMatch(/^at-/)
  expect(another).toBe(token)
  expect(ended()).toEqual([])
  expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
})

test('B-25 ends no session for invalid_grant where another instance began after it, and has the answer on its way', async () => {
  const { provider, time, one, two, ended, requested, user } = await twoInstances(forgetful)
  let refuse = () => {}
  provider.next('token', async () => {
    await new Promise<void>((resolve) => (refuse = resolve))
    return refusal('invalid_grant')
  })
  const first = one()
  await requested(1)
  const arrive = delayed(provider)
  const second = two()
  await requested(2)
  // The refused one asks again with what stands in the store, as long as nothing keeps it out.
  provider.always('token', () => refusal('invalid_grant'))
  refuse()
  await time.pass(2_000)
  arrive()
  const token = await tokenOf(await time.until(second))
  expect(await tokenOf(await time.until(first))).toBe(token)
  expect(ended()).toEqual([])
  expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
})

test('B-25 waits for no instance that died: its answer is lost', async () => {
  const died = (store: SessionStore): SessionStore =>
    new Proxy(forgetful(store), {
      get(target, name: keyof SessionStore) {
        return async (...args: never[]) => {
          if (name === 'lease' && String(args[0]).startsWith('holder')) {
            return String(args[1]) === 'who asks' ? 'got' : 'busy'
          }
          return await (target[name] as (...a: never[]) => Promise<unknown>).apply(target, args)
        }
      },
    })
  const { provider, time, one, two, ended, requested } = await twoInstances(died)
  const never = delayed(provider)
  const first = one()
  await requested(1)
  provider.next('token', () => refusal('invalid_grant'))
  expect(await problemOf(await time.until(two()))).toMatchObject({
    code: 'reauth_required',
    status: 401,
  })
  expect(ended()).toMatchObject([{ reason: 'answer_lost' }])
  // What comes after all belongs to no session, and is revoked.
  never()
  expect((await time.until(first)).status).toBe(401)
  await expect.poll(() => provider.revoked).toContain([...provider.refreshTokens.keys()].at(-1))
})

// A sign-out and the callback of a sign-in at the same time: every order in which the store may answer them.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryStore } from '../../../src/bff/sessions/memory-store.ts'
import { sealedCookies } from '../../../src/bff/sessions/sealed-cookies.ts'
import type { SessionStore } from '../../../src/bff/sessions/session-store.ts'
import { ORIGIN, setUp } from '../setup.ts'

const RUNS = 25
/** The callback has made so many calls of the store at the end. */
const LATEST = 12

/** Each call waits until it is its turn. */
function scheduled(store: SessionStore, turn: () => Promise<unknown>): SessionStore {
  return new Proxy(store, {
    get(target, name: keyof SessionStore) {
      return async (...args: never[]) => {
        await turn()
        return await (target[name] as (...a: never[]) => Promise<unknown>).apply(target, args)
      }
    },
  })
}

test.each([
  ['in a store', (store: SessionStore) => store, true],
  ['in cookies', (store: SessionStore) => sealedCookies({ denyList: store }), false],
])(
  'B-40 a sign-out wins over a sign-in of the same browser in every order: %s',
  async (_, keep, inStore) => {
    let turn: () => Promise<unknown> = async () => {}
    const store = scheduled(createMemoryStore(), () => turn())
    const setup = await setUp({ options: { store: keep(store) } })
    const { provider } = setup
    const run = async (scheduler: fc.Scheduler, calls: number) => {
      const user = setup.browser()
      await user.signIn()
      const callback = await user.begin()
      const { cookie } = user
      const ask = (path: string, init: RequestInit) =>
        setup.bff.handle(new Request(ORIGIN + path, init)) as Promise<Response>
      let out: Promise<Response> | undefined
      const signOut = () =>
        (out ??= ask('/bff/logout', { method: 'POST', headers: { cookie, 'x-csrf': '1' } }))
      let count = 0
      turn = () => {
        // So far the callback is alone.
        if (count++ === calls) void signOut()
        return scheduler.schedule(Promise.resolve())
      }
      const finished = ask(callback, { headers: { cookie } })
      await scheduler.waitFor(finished.then(signOut))
      turn = async () => {}
      expect((await signOut()).status).toBe(200)
      for (const response of [await signOut(), await finished]) user.receive(response)
      expect(await user.sessionAnswer()).toEqual({ authenticated: false })
      await setup.bff.close()
      const tokens = [...provider.refreshTokens.keys()]
      if (inStore) expect([...new Set(provider.revoked)].toSorted()).toEqual(tokens.toSorted())
    }
    // What was found once is not made smaller: it would take minutes.
    await fc.assert(fc.asyncProperty(fc.scheduler(), fc.nat(LATEST), run), {
      numRuns: RUNS,
      endOnFailure: true,
    })
  },
)

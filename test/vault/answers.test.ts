import { describe, expect, test } from 'vitest'
import type { BrowserVault } from '../../src/vault/vault.ts'
import { signedInVault, type Kind } from './device.ts'
import { failure } from '../support/outcomes.ts'

type SignedIn = Awaited<ReturnType<typeof signedInVault>>
type Ask = (vault: BrowserVault) => Promise<unknown>
const ANSWERS: [string, Ask][] = [
  ['getToken', (vault) => vault.getToken({})],
  ['getToken, of a new token', (vault) => vault.getToken({ forceRefresh: true })],
  ['authorize', (vault) => vault.authorize({ url: 'https://api.example/' })],
  ['userInfo', (vault) => vault.userInfo('user-1')],
]
const KINDS: Kind[] = ['isolated', 'shared']

/** Counts microtasks, a few thousand of them, to say which of two things was earlier. */
function countMicrotasks() {
  let count = 0
  const next = (): void => {
    if (++count < 5000) queueMicrotask(next)
  }
  next()
  return () => count
}

describe.each(KINDS)('T-33 what is on its way when a session ends, %s', (kind) => {
  test.each(ANSWERS)('T-33 is not answered by %s, at whichever moment it ends', async (_, ask) => {
    for (let moment = 0; moment < 40; moment++) {
      const { vault, world } = await signedInVault(kind)
      let answeredAt: number | undefined
      let endedAt: number | undefined
      const now = countMicrotasks()
      vault.observe(({ type }) => type === 'state' && (endedAt = now()))
      const call = ask(vault).then(
        () => (answeredAt = now()),
        () => {},
      )
      for (let turn = 0; turn < moment; turn++) await Promise.resolve()
      await vault.endSession({ provider: false })
      await world.settle()
      await call
      // A promise tells its reader a moment after it is settled: an answer that has left is not called back.
      if (answeredAt !== undefined) expect(answeredAt).toBeLessThanOrEqual(endedAt! + 1)
    }
  })
})

const ENDINGS: [string, string, (on: SignedIn) => Promise<unknown>][] = [
  ['signed out', 'signed_out', ({ vault }) => vault.endSession({ provider: false })],
  [
    'changed places with another',
    'user_mismatch',
    ({ vault, provider, signIn }) => {
      provider.options.subject = 'user-2'
      return signIn(vault, { replaces: 'user-1' })
    },
  ],
]
const CASES = ENDINGS.flatMap((ending) =>
  (['before', 'after'] as const).map(
    (when) =>
      [...ending.slice(0, 2), when, ending[2]] as [string, string, string, (typeof ending)[2]],
  ),
)

describe.each<Kind>(['worker', 'isolated', 'shared'])('a slow answer of UserInfo, %s', (kind) => {
  test.each(CASES)(
    'U20 is not given out when its user has %s (%s, made %s it)',
    async (_, code, when, end) => {
      const on = await signedInVault(kind)
      let release!: () => void
      const held = new Promise<void>((resolve) => (release = resolve))
      on.provider.next('userinfo', async (act) => {
        if (when === 'after') await held
        const answer = await act()
        await held
        return answer
      })
      const waiting = failure(on.vault.userInfo('user-1'))
      await on.world.settle()
      await end(on)
      release()
      expect((await on.pass(waiting)).code).toBe(code)
    },
  )
})

import { expect } from 'vitest'
import type { StandInProvider } from '../../../demo/provider/index.ts'
import type { Tab } from './engine.ts'
import { accepted, signIn, token, waitForStatus } from './tab.ts'

interface ChangingWorld {
  provider: StandInProvider
  tab(): Promise<Tab>
}

/** One user signs out in one of two tabs, and another signs in there: the other tab shows that user, with a token of theirs. */
export async function expectChangeOfUser({ provider, tab }: ChangingWorld): Promise<void> {
  const [one, two] = [await tab(), await tab()]
  await signIn(one)
  await waitForStatus(two, 'signed-in')
  const before = await token(two)
  await one.evaluate(() => window.auth.signOut({ provider: false }))
  await waitForStatus(two, 'signed-out')
  await signIn(one, 'bob')
  await waitForStatus(two, 'signed-in')
  expect(await two.evaluate(() => window.auth.getSession())).toMatchObject({ subject: 'bob' })
  const now = await token(two)
  expect(now).not.toBe(before)
  expect(await accepted(provider.issuer, now)).toBe(true)
}

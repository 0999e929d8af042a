import { expect, test } from 'vitest'
import { until, waitForStatus } from '../../browser/harness/tab.ts'
import { PATIENCE_MS, session, type Ended, type Visit } from '../visit.ts'

const SIGN_OUT = {
  provider: 'there and back',
  stays: 'there, and ends on its own page',
  local: 'here; no end-session endpoint',
}

/** A person leaves, another comes, or one says no. */
export function peopleSteps(visit: Visit): void {
  const { rig, known, seen, world, through, signedIn, signOut } = visit

  test('signs out, here and at the provider', async () => {
    const { page, tab } = await world()
    await signedIn(page)
    const second = await tab()
    await waitForStatus(second, 'signed-in', PATIENCE_MS)
    await signOut(page)
    await waitForStatus(page, 'signed-out', PATIENCE_MS)
    await waitForStatus(second, 'signed-out', PATIENCE_MS)
    await expect.poll(() => new URL(page.url()).search).toBe('')
    seen('sign-out', SIGN_OUT[rig.traits.signOut])
  })

  test('lets another user in', async () => {
    const { change } = rig.traits
    const { page } = await world({}, { claims: ['name', 'email'] })
    await signedIn(page)
    if (change === 'sign-out') await signOut(page)
    await signedIn(page, 'bob', change === 'sign-out' ? {} : { prompt: change })
    const isBob = ({ user }: Ended) => user?.email === known.bob.email
    await until(() => session(page), isBob, 'bob', PATIENCE_MS)
    seen('another user', change === 'sign-out' ? 'after a sign-out there' : `prompt=${change}`)
  })

  const { cancel } = rig.traits
  if (cancel === undefined) return seen('Cancel', 'not tried: no such button')
  test('shows that the user said no', async () => {
    const { page } = await world()
    // A consent that was given before is asked for again.
    await through(page, rig.refuse, { prompt: 'consent' })
    await waitForStatus(page, 'error', PATIENCE_MS)
    expect(await session(page)).toMatchObject({ error: { code: cancel } })
    await expect.poll(() => new URL(page.url()).search).toBe('')
    await signedIn(page)
    seen('Cancel', cancel)
  })
}

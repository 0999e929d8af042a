import { expect, test } from 'vitest'
import { diagnostics, waitForStatus } from '../../browser/harness/tab.ts'
import { PATIENCE_MS, session, type Visit } from '../visit.ts'

/** A session comes, and is kept. */
export function sessionSteps({ stage, known, seen, world, signedIn }: Visit): void {
  test('signs in, with the claims of profile and email', async () => {
    const { page } = await world({}, { claims: ['name', 'email'] })
    const userInfo = () => stage.front.requests(/userinfo|\/me$/).length
    const before = userInfo()
    await signedIn(page)
    const { name, email } = known.alice
    expect(await session(page)).toMatchObject({ user: { name, email } })
    expect((await diagnostics(page)).vault).toBe('worker')
    seen('sign-in', 'worker')
    seen('name and e-mail', userInfo() > before ? 'UserInfo' : 'ID token')
  })

  test('keeps the session over a reload, and a second tab has it', async () => {
    const { page, tab } = await world()
    await signedIn(page)
    const before = stage.front.requests(/./).length
    const second = await tab()
    await waitForStatus(second, 'signed-in', PATIENCE_MS)
    await page.reload()
    await waitForStatus(page, 'signed-in', PATIENCE_MS)
    expect(stage.front.requests(/./)).toHaveLength(before)
    seen('reload, second tab', 'no request')
  })
}

import { expect, test } from 'vitest'
import { diagnostics, token, until, waitForStatus } from '../../browser/harness/tab.ts'
import { PATIENCE_MS, begin, session, type Ended, type Visit } from '../visit.ts'
import { walk } from '../walk.ts'

/** The provider is asked for its own session, without a word to the user. */
export function silenceSteps({ rig, stage, seen, world, through, signedIn, back }: Visit): void {
  const { silent, noSession } = rig.traits

  test('asks in silence, and loses nothing by it', async () => {
    const { page } = await world()
    await signedIn(page)
    const before = await token(page)
    // Where the vault still has an ID token, it goes along as `id_token_hint`.
    if (silent === 'dead end') {
      await begin(page, { prompt: 'none' })
      await back(page)
    } else await through(page, rig.signIn, { prompt: 'none' })
    await waitForStatus(page, 'signed-in', PATIENCE_MS)
    expect((await diagnostics(page)).renewable).toBe(true)
    expect(await token(page, { forceRefresh: true })).not.toBe(before)
    const { signInError } = await session(page)
    const answer = silent === 'dead end' ? 'its error page, and Back' : 'code'
    seen('prompt=none, signed in', signInError?.code ?? answer)
  })

  test('restores a lost session in silence, or is signed out and tries no more', async () => {
    const { page } = await world({ vault: 'page', silentSignIn: 'redirect' })
    await signedIn(page)
    const reload = () => page.reload().catch(() => {})
    if (silent === 'dead end') {
      await reload()
      await back(page)
    } else await walk(page, reload, { app: stage.site.url, steps: rig.signIn })
    const end = await until(
      () => session(page).catch((): Ended => ({ status: 'leaving' })),
      ({ status: now }) => now === 'signed-in' || now === 'signed-out',
      'an end',
      PATIENCE_MS,
    )
    expect(end.status).toBe(silent === 'code' ? 'signed-in' : 'signed-out')
    seen('silentSignIn', end.status === 'signed-in' ? 'signed in' : `signed out: ${end.reason}`)
  })

  test('shows what prompt=none comes to where the provider has no session', async () => {
    const { page } = await world()
    await begin(page, { prompt: 'none' })
    if (noSession === 'page') {
      await back(page)
      await waitForStatus(page, 'signed-out', PATIENCE_MS)
      return seen('prompt=none, signed out', 'its page, and Back')
    }
    await waitForStatus(page, 'error', PATIENCE_MS)
    return seen('prompt=none, signed out', (await session(page)).error?.code)
  })
}

import { expect, test } from 'vitest'
import { status, token, tokenOrCode, until } from '../../browser/harness/tab.ts'
import { PATIENCE_MS, session, type Visit } from '../visit.ts'

/** Tokens are renewed, also over failures. */
export function refreshSteps({ rig, stage, seen, world, signedIn }: Visit): void {
  const refreshes = () => stage.front.requests(/./, 'refresh_token')

  test('refreshes, and the new token is good', async () => {
    const { page } = await world()
    await signedIn(page)
    const before = refreshes().length
    const tokens = [await token(page)]
    for (let i = 0; i < 3; i++) tokens.push(await token(page, { forceRefresh: true }))
    expect(new Set(tokens).size).toBe(4)
    expect(await page.evaluate(() => window.auth.getUserInfo())).toMatchObject({
      sub: expect.any(String),
    })
    const sent = refreshes()
      .slice(before)
      .map(({ refreshToken }) => refreshToken)
    expect(sent).toHaveLength(3)
    expect(new Set(sent).size).toBe(rig.traits.rotation === 'new' ? 3 : 1)
    seen('refresh', `${rig.traits.rotation} refresh token`)
  })

  test('stays signed in while the provider is away', async () => {
    const { page } = await world()
    await signedIn(page)
    stage.front.answer('refresh_token', 503)
    expect(await tokenOrCode(page, { forceRefresh: true })).toBe('error: provider_unavailable')
    expect(await status(page)).toBe('signed-in')
    stage.front.recover()
    await until(
      () => tokenOrCode(page, { forceRefresh: true }),
      (word) => !word.startsWith('error'),
      'a token',
      PATIENCE_MS,
    )
    seen('503', 'signed in')
  })

  test('knows an answer that was lost after the provider acted', async () => {
    const { page } = await world()
    await signedIn(page)
    const before = refreshes().length
    stage.front.loseAnswer('refresh_token')
    await tokenOrCode(page, { forceRefresh: true })
    await until(
      async () => [await tokenOrCode(page, { forceRefresh: true }), await status(page)] as const,
      ([word, now]) => !word.startsWith('error') || now === 'expired',
      'a token, or the end',
      PATIENCE_MS,
    )
    const { reason = 'token' } = await session(page)
    expect(reason === 'refreshed' || reason === 'signed_in' ? 'token' : reason).toBe(
      rig.traits.answerLost,
    )
    seen('lost answer', `${rig.traits.answerLost} after ${refreshes().length - before} requests`)
  })
}

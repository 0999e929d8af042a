import { describe, expect, test } from 'vitest'
import '../lazy.ts'
import { appDevice as device, signedInApp as signedIn } from '../setup.ts'

describe('where the worker cannot be', () => {
  test.each([
    ['throws', 'refused'],
    ['fails', '404'],
    ['silent', 'no answer within 2000 ms'],
  ] as const)('uses the page in two seconds, and says why (worker: %s)', async (worker, reason) => {
    const on = await device()
    const { tab, client } = on.open({}, { worker })
    const settled = client.whenSettled()
    await on.world.until(() => client.getSession().status !== 'restoring', 2100, 100)
    expect(await settled).toEqual({ status: 'signed-out', reason: 'no_session' })
    expect(client.diagnostics()).toMatchObject({ vault: 'page', fallback: reason })
    expect(tab.warnings).toHaveLength(1)
    await client.signIn()
    const back = on.back(tab, on.answer(tab), {}, { worker })
    back.client.start()
    await on.world.until(() => back.client.getSession().status === 'signed-in', 3000)
    expect(await back.client.getAccessToken()).toMatch(/^at-/)
  })

  test('gives an error instead with vault: "worker", and starts no worker with vault: "page"', async () => {
    const on = await device()
    const strict = on.open({ vault: 'worker' }, { worker: 'throws' })
    expect(await strict.client.whenSettled()).toMatchObject({
      status: 'error',
      error: { code: 'vault_unavailable' },
    })
    await expect(strict.client.getAccessToken()).rejects.toMatchObject({
      code: 'vault_unavailable',
    })
    await expect(strict.client.signIn()).rejects.toMatchObject({ code: 'vault_unavailable' })
    const page = on.open({ vault: 'page' })
    await page.client.whenSettled()
    expect(on.world.hosts.size).toBe(0)
    expect(page.tab.warnings).toEqual([])
  })

  test('adopts a late worker while the page holds no session', async () => {
    const on = await signedIn()
    const late = on.open()
    late.tab.muted = true
    late.client.start()
    await on.world.advance(2001)
    await on.world.until(() => late.client.getSession().status === 'signed-out')
    expect(late.client.diagnostics().vault).toBe('page')
    // Its file came over a slow network.
    await on.world.advance(30_000)
    late.tab.unmute()
    await on.world.settle()
    expect(late.client.getSession().status).toBe('signed-in')
    expect(late.client.diagnostics()).toMatchObject({ vault: 'worker', fallback: undefined })
    expect(await late.client.getAccessToken()).toMatch(/^at-/)
  })

  test('does not adopt a late worker once a sign-in is on its way', async () => {
    const on = await device()
    const late = on.open()
    late.tab.muted = true
    late.client.start()
    await on.world.advance(2001)
    await late.client.signIn()
    late.tab.unmute()
    await on.world.settle()
    expect(late.client.diagnostics().vault).toBe('page')
  })
})

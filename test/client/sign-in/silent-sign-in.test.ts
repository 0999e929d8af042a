import { describe, expect, test } from 'vitest'
import { status } from '../../../src/testing/provider/behaviours.ts'
import '../lazy.ts'
import { appDevice as device, signedInApp as signedIn } from '../setup.ts'

describe('silentSignIn', () => {
  const options = { silentSignIn: 'redirect' as const }
  test('tries prompt=none once after a sign-in, and signs out at login_required', async () => {
    const on = await device()
    const fresh = on.open(options)
    expect((await fresh.client.whenSettled()).status).toBe('signed-out')
    expect(fresh.tab.assigned).toEqual([])
    const app = await on.signIn(fresh, options)
    on.world.hosts.clear()
    const reloaded = on.back(app.tab, 'https://app.example/inbox', options)
    reloaded.client.start()
    await on.world.until(() => reloaded.tab.assigned.length > 0)
    expect(reloaded.client.getSession().status).toBe('signing-in')
    expect(new URL(reloaded.tab.assigned[0]!).searchParams.get('prompt')).toBe('none')
    const answered = on.answer(reloaded.tab, { code: undefined, error: 'login_required' })
    const back = on.back(reloaded.tab, answered, options)
    expect(await back.client.whenSettled()).toEqual({
      status: 'signed-out',
      reason: 'login_required',
    })
    await on.world.settle()
    expect(back.tab.href).toBe('https://app.example/inbox')
    const next = on.back(back.tab, 'https://app.example/', options)
    expect((await next.client.whenSettled()).status).toBe('signed-out')
    expect(next.tab.assigned).toEqual([])
  })

  test('does not begin after a sign-out or while the vault is live, and begins again where it could not leave', async () => {
    const on = await signedIn(options)
    expect((await on.open(options).client.whenSettled()).status).toBe('signed-in')
    on.world.hosts.clear()
    on.provider.always('discovery', status(503))
    const failed = on.open(options)
    expect(await failed.client.whenSettled()).toMatchObject({ status: 'error' })
    on.provider.always('discovery', undefined)
    const again = on.open(options)
    again.client.start()
    await on.world.settle()
    expect(again.tab.assigned).toHaveLength(1)
    const app = await on.signIn(on.open(), options)
    await app.client.signOut({ provider: false })
    on.world.hosts.clear()
    const after = on.open(options)
    expect((await after.client.whenSettled()).status).toBe('signed-out')
    expect(after.tab.assigned).toEqual([])
  })
})

describe('the warning that no refresh token came', () => {
  const warnings = async (options: { offlineAccess?: 'consent' }) => {
    const on = await device()
    on.provider.tokenResponse = { refresh_token: undefined }
    return (await on.signIn(on.open(options), options)).tab.warnings.join()
  }

  test('advises consent where it was not asked for', async () => {
    expect(await warnings({})).toContain('try `offlineAccess: "consent"`')
  })

  test('does not advise what is set, and says how long the session will last', async () => {
    const said = await warnings({ offlineAccess: 'consent' })
    expect(said).toContain('ends with its access token')
    expect(said).not.toContain('try')
  })
})

import { describe, expect, test, vi } from 'vitest'
import './lazy.ts'
import { device, signedIn } from './setup.ts'

describe('where the worker cannot be', () => {
  test.each([
    ['throws', 'refused'],
    ['fails', '404'],
    ['silent', 'no answer within 2000 ms'],
  ] as const)('%s: the page within two seconds, the reason on record', async (worker, reason) => {
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

  test('vault: "worker" is an error instead, vault: "page" asks for no worker', async () => {
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

  test('a late worker is adopted while the page holds no session', async () => {
    const on = await signedIn()
    const late = on.open()
    late.tab.muted = true
    late.client.start()
    await on.world.advance(2001)
    await on.world.until(() => late.client.getSession().status === 'signed-out')
    expect(late.client.diagnostics().vault).toBe('page')
    late.tab.unmute()
    await on.world.settle()
    expect(late.client.getSession().status).toBe('signed-in')
    expect(late.client.diagnostics()).toMatchObject({ vault: 'worker', fallback: undefined })
    expect(await late.client.getAccessToken()).toMatch(/^at-/)
  })

  test('a late worker is not, once somebody is on the way to sign in', async () => {
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

describe('a chunk that does not load', () => {
  const without = async () => {
    vi.resetModules()
    vi.doMock('../../src/client/actions.ts', () => {
      throw new TypeError('Failed to fetch dynamically imported module')
    })
    const setup = await import('./setup.ts')
    const on = await setup.device()
    return { on, lost: () => vi.doUnmock('../../src/client/actions.ts') }
  }

  test('U21 signIn and a redirect back settle with a typed error; sign-out and refresh do without it', async () => {
    const live = await signedIn({}, { expiresIn: 60 })
    const { on, lost } = await without()
    try {
      const { client } = on.open()
      await expect(client.signIn()).rejects.toMatchObject({ code: 'vault_unavailable' })
      expect(client.getSession()).toMatchObject({ error: { code: 'vault_unavailable' } })
      const mark = [...on.world.hosts.keys()][0]!.split('.').at(-1)!
      const back = on.open({}, { url: `https://app.example/?code=c&state=et.${mark}.1` })
      expect(await back.client.whenSettled()).toMatchObject({
        status: 'error',
        error: { code: 'vault_unavailable' },
      })
      // Where somebody is signed in, that they are counts for more.
      const [name, host] = [...live.world.hosts][0]!
      on.world.hosts.set(name, host)
      const same = on.open({}, { url: `https://app.example/?code=c&state=et.${mark}.1` })
      expect((await same.client.whenSettled()).status).toBe('signed-in')
      expect(await same.client.getAccessToken()).toMatch(/^at-/)
      await same.client.signOut({ provider: false })
      expect(same.client.getSession()).toEqual({ status: 'signed-out', reason: 'signed_out' })
    } finally {
      lost()
    }
  })
})

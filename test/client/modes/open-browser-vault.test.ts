import { describe, expect, test } from 'vitest'
import { createClientIn } from '../../../src/client/create-auth-client.ts'
import { browserMode } from '../../../src/client/modes/browser.ts'
import { settingsOf } from '../../../src/client/options/settings.ts'
import '../lazy.ts'
import type { VirtualTab } from '../../../src/testing/device/tab.ts'
import { outcome } from '../../support/outcomes.ts'
import { appDevice as device, signedInApp as signedIn, type AppDevice } from '../setup.ts'

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

/** A page whose worker cannot be had at first: its file is slow, or a packet was lost. */
function failsOnce(on: AppDevice, first: 'throws' | 'fails' | 'silent', tab: VirtualTab) {
  const { startWorker } = tab.env
  const poor = on.world.tab({ worker: first })
  let started = 0
  tab.env.startWorker = (...given) =>
    started++ === 0 ? poor.env.startWorker(...given) : startWorker(...given)
  return { started: () => started }
}

test.each(['throws', 'fails', 'silent'] as const)(
  'F8 opens the vault again at the next use after an opening that failed (worker: %s)',
  async (first) => {
    const on = await device()
    const { tab, client } = on.open({ vault: 'worker' })
    const { started } = failsOnce(on, first, tab)
    const settled = client.whenSettled()
    await on.world.until(() => client.getSession().status === 'error', 3000)
    expect(await settled).toMatchObject({ error: { code: 'vault_unavailable' } })
    // At once it would only fail again: many uses are one try.
    await Promise.all([outcome(client.getAccessToken()), outcome(client.getUserInfo())])
    expect(started()).toBe(1)
    await on.world.advance(1001)
    await client.signIn()
    expect(started()).toBe(2)
    expect(tab.assigned).toHaveLength(1)
    const back = on.back(tab, on.answer(tab), { vault: 'worker' })
    expect(await back.client.whenSettled()).toMatchObject({ status: 'signed-in' })
  },
)

test('F8 shows the session of the second try to a page that asks for a token alone', async () => {
  const on = await signedIn()
  const { tab, client } = on.open({ vault: 'worker' })
  failsOnce(on, 'fails', tab)
  const stop = client.subscribeAccessToken(() => {})
  await on.world.until(() => client.getSession().status === 'error', 3000)
  await on.world.advance(1001)
  expect(await client.getAccessToken()).toMatch(/^at-/)
  expect(client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
  expect(client.getAccessTokenState()).toMatchObject({ status: 'ready' })
  stop()
})

test('F8 asks again for a chunk of the vault that did not arrive', async () => {
  const on = await device()
  const { issuer, clientId } = on.provider
  const options = { issuer, clientId }
  const mode = browserMode(options, settingsOf(options))
  let lost = 1
  const tab = on.world.tab({ worker: 'throws' })
  const lossy: typeof mode = {
    ...mode,
    openVault(...given) {
      if (lost-- <= 0) return mode.openVault(...given)
      return Promise.reject(new TypeError('Failed to fetch dynamically imported module'))
    },
  }
  const client = createClientIn(lossy, {}, () => tab.env)
  expect(await client.whenSettled()).toMatchObject({ error: { code: 'vault_unavailable' } })
  await on.world.advance(1001)
  await client.signIn()
  expect(client.diagnostics().vault).toBe('page')
  expect(tab.assigned).toHaveLength(1)
})

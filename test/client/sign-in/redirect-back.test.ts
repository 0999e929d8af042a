import { describe, expect, test, vi } from 'vitest'
import { settingsOf } from '../../../src/client/options/settings.ts'
import '../lazy.ts'
import { appDevice as device, signedInApp as signedIn } from '../setup.ts'

const { mark } = settingsOf({ issuer: 'https://op.example', clientId: 'spa' })
const ours = (rest: string) => `et.${mark}.${rest}`

describe('the redirect back', () => {
  test('U9 A-11 A-12 makes one exchange, and cleans the URL at the first use', async () => {
    const on = await device()
    const { tab, client } = on.open({}, { url: 'https://app.example/deep?a=1#b' })
    await client.signIn()
    const url = on.answer(tab)
    const back = on.back(tab, `${url}&session_state=x&foo=bar`)
    expect(back.client.getSession()).toEqual({ status: 'signing-in' })
    expect(back.tab.href).toBe('https://app.example/?foo=bar')
    back.client.start()
    back.client.start()
    expect((await back.client.whenSettled()).status).toBe('signed-in')
    await on.world.settle()
    expect(back.tab.href).toBe('https://app.example/deep?a=1#b')
    expect(back.tab.announcedUrls).toBe(1)
    expect(on.tokenRequests()).toBe(1)
    // the same URL is opened again, in this tab and in one without its transaction.
    for (const again of [on.back(back.tab, url), on.open({}, { url })]) {
      expect((await again.client.whenSettled()).status).toBe('signed-in')
      expect(again.tab.href).toBe('https://app.example/')
    }
    expect(on.tokenRequests()).toBe(1)
  })

  test.each([
    ['foreign state on the redirect path', 'https://app.example/?code=c&state=foreign'],
    ['another client’s', 'https://app.example/?code=c&state=et.zzz.0123'],
    ['ours on another path', `https://app.example/other?code=c&state=${ours('1')}`],
    ['ours on another origin', `https://www.app.example/?code=c&state=${ours('1')}`],
    ['a foreign state first', `https://app.example/other?state=x&state=${ours('1')}`],
  ])('U10 W12 leaves alone: %s', async (_name, url) => {
    const on = await device()
    const { tab, client } = on.open({ redirectUri: 'https://app.example/' }, { url })
    expect(await client.whenSettled()).toEqual({ status: 'signed-out', reason: 'no_session' })
    expect(tab.href).toBe(url)
  })

  test.each([
    ['a state of ours, not begun here', `?code=c&state=${ours('1')}`, 'transaction_missing'],
    [
      'an error for a state of ours, not begun here',
      `?error=access_denied&state=${ours('1')}`,
      'transaction_missing',
    ],
  ])('U10 cleans the URL and gives a reason for %s', async (_name, query, reason) => {
    const on = await device()
    const { tab, client } = on.open({}, { url: `https://app.example/${query}` })
    expect(await client.whenSettled()).toEqual({ status: 'signed-out', reason })
    expect(tab.href).toBe('https://app.example/')
    expect(on.tokenRequests()).toBe(0)
  })

  test('U10 answers state_mismatch to another state than the one that waits, which still works', async () => {
    const on = await device()
    const { tab, client } = on.open()
    await client.signIn()
    const url = on.answer(tab)
    const wrong = on.back(tab, `https://app.example/?code=c&state=${ours('1')}`)
    expect(await wrong.client.whenSettled()).toEqual({
      status: 'signed-out',
      reason: 'state_mismatch',
    })
    const right = on.back(wrong.tab, url)
    expect((await right.client.whenSettled()).status).toBe('signed-in')
  })

  test.each([
    ['A-09 refuses a parameter that comes twice', { extra: '&code=other' }, 'invalid_response'],
    ['A-06 refuses another issuer', { iss: 'https://op.example/' }, 'issuer_mismatch'],
    ['A-08 believes that the user refused', { error: 'access_denied' }, 'access_denied'],
  ])(
    '%s, with a typed error, once',
    async (_name, { extra = '', ...parameters }: Record<string, string>, code) => {
      const on = await device()
      const { tab, client } = on.open()
      await client.signIn()
      const back = on.back(tab, on.answer(tab, parameters) + extra)
      expect(await back.client.whenSettled()).toMatchObject({ status: 'error', error: { code } })
      expect(on.tokenRequests()).toBe(0)
      expect(back.client.diagnostics().errors.map((error) => error.code)).toEqual([code])
    },
  )

  test('U10 keeps a live session when a response fails', async () => {
    const on = await signedIn()
    await on.client.signIn({ prompt: 'login' })
    const back = on.back(on.tab, on.answer(on.tab, { error: 'access_denied' }))
    expect((await back.client.whenSettled()).status).toBe('signed-in')
  })

  test('U10 changes nothing in the second of two tabs with the same sessionStorage', async () => {
    const on = await device()
    const { tab, client } = on.open({ vault: 'page' })
    await client.signIn()
    const url = on.answer(tab)
    const one = on.open({ vault: 'page' }, { cloneOf: tab, url })
    const two = on.open({ vault: 'page' }, { cloneOf: tab, url })
    const [first, second] = await Promise.all([one.client.whenSettled(), two.client.whenSettled()])
    expect([first.status, second.status].toSorted()).toEqual(['signed-in', 'signed-out'])
    expect(on.tokenRequests()).toBe(1)
  })

  test('A-05 does not send a code again when the page is reloaded while it is being spent', async () => {
    const on = await device()
    const { tab, client } = on.open()
    await client.signIn()
    let release = () => {}
    on.provider.next('token', async (act) => {
      const response = await act()
      await new Promise<void>((resolve) => (release = resolve))
      return response
    })
    const first = on.back(tab, on.answer(tab))
    first.client.start()
    await on.world.settle()
    const second = on.back(first.tab, first.tab.href)
    second.client.start()
    await on.world.settle()
    release()
    await on.world.until(() => second.client.getSession().status === 'signed-in')
    expect(on.tokenRequests()).toBe(1)
  })

  test('forgets a transaction after ten minutes', async () => {
    const on = await device()
    const { tab, client } = on.open()
    await client.signIn()
    const url = on.answer(tab)
    await on.world.advance(600_001)
    expect(await on.back(tab, url).client.whenSettled()).toMatchObject({
      status: 'signed-out',
      reason: 'transaction_missing',
    })
  })

  test('A-35 finishes twelve tabs in reverse order, and keeps at most ten transactions in one', async () => {
    const on = await device()
    const tabs = Array.from({ length: 12 }, () => on.open())
    for (const { client } of tabs) await client.signIn()
    for (const { tab } of tabs.toReversed()) {
      const back = on.back(tab, on.answer(tab))
      expect((await back.client.whenSettled()).status).toBe('signed-in')
    }
    const { tab, client } = on.open()
    for (let i = 0; i < 12; i++) await client.signIn()
    const kept = [...tab.storage].find(([name]) => name.endsWith('.sign-in'))!
    expect(Object.keys(JSON.parse(kept[1]) as object)).toHaveLength(10)
  })

  test('keeps the transaction in the worker when there is no storage, and refuses without both', async () => {
    const on = await device()
    const { tab, client } = on.open({}, { storage: false })
    await client.signIn()
    const back = on.back(tab, on.answer(tab), {}, { storage: false })
    expect((await back.client.whenSettled()).status).toBe('signed-in')
    const page = on.open({ vault: 'page' }, { storage: false })
    await expect(page.client.signIn()).rejects.toMatchObject({ code: 'storage_unavailable' })
    expect(page.client.getSession()).toMatchObject({ error: { code: 'storage_unavailable' } })
  })

  test('gives navigate the path, and signs in although navigate throws', async () => {
    const on = await device()
    const thrown: unknown[] = []
    const navigate = vi.fn(() => {
      throw new Error('router')
    })
    const { tab, client } = on.open({ navigate })
    await client.signIn({ returnTo: '/inbox?x=1' })
    const back = on.back(tab, on.answer(tab), { navigate })
    const timer = on.world.timer.bind(on.world)
    back.tab.env.timer = (callback, ms) =>
      timer(() => {
        try {
          callback()
        } catch (error) {
          thrown.push(error)
        }
      }, ms)
    expect((await back.client.whenSettled()).status).toBe('signed-in')
    await on.world.advance(1)
    expect(navigate).toHaveBeenCalledExactlyOnceWith('/inbox?x=1')
    expect(thrown).toHaveLength(1)
    expect(back.client.getSession().status).toBe('signed-in')
  })
})

test('leaves nothing pending when history.replaceState throws', async () => {
  const on = await device()
  const app = on.open()
  await app.client.signIn()
  const url = on.answer(app.tab)
  const tab = on.world.tab({ cloneOf: app.tab, url })
  tab.env.replaceUrl = () => {
    throw new DOMException('more than 100 times per 30 seconds', 'SecurityError')
  }
  const { client } = on.open({}, tab)
  try {
    client.start()
  } catch {
    // The caller may see the exception.
  }
  await on.world.advance(60_000)
  expect(client.getSession().status).not.toMatch(/restoring|signing-in/)
})

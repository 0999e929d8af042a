import { describe, expect, test, vi } from 'vitest'
import { settingsOf } from '../../../src/client/options/settings.ts'
import { AuthError } from '../../../src/errors.ts'
import { outcome } from '../../support/outcomes.ts'
import '../lazy.ts'
import { appDevice as device } from '../setup.ts'

const { mark } = settingsOf({ issuer: 'https://op.example', clientId: 'spa' })
const ours = (rest: string) => `et.${mark}.${rest}`

describe('signIn', () => {
  test('gives a recoverable error when the page cannot leave, and can be tried again', async () => {
    const on = await device()
    const { client } = on.open()
    on.world.online = false
    await expect(client.signIn()).rejects.toMatchObject({ code: 'network', recoverable: true })
    expect(client.getSession()).toMatchObject({ status: 'error', error: { code: 'network' } })
    on.world.online = true
    await client.signIn()
    expect(client.getSession().status).toBe('signing-in')
  })

  test('U21 signs out again after ten seconds when the page is held back from leaving', async () => {
    const on = await device()
    const { client, tab } = on.open()
    tab.heldBack = true
    const leaving = client.signIn()
    await on.world.settle()
    const settled = client.whenSettled()
    await on.world.advance(10_001)
    expect(await settled).toEqual({ status: 'signed-out', reason: 'aborted' })
    await leaving
  })

  test('leaves the page once for two clicks at once', async () => {
    const on = await device()
    const { client, tab } = on.open()
    await Promise.all([client.signIn(), client.signIn()])
    expect(tab.assigned).toHaveLength(1)
  })

  test('U11 allows two automatic redirects a minute, and then rejects with redirect_loop and the reasons', async () => {
    const on = await device()
    let app = on.open()
    for (let i = 0; i < 2; i++) {
      await app.client.signIn({ automatic: true })
      app = on.back(app.tab, `https://app.example/?error=x&state=${ours(String(i))}`)
      await app.client.whenSettled()
    }
    await expect(app.client.signIn({ automatic: true })).rejects.toMatchObject({
      code: 'redirect_loop',
      message: expect.stringContaining('state_mismatch') as string,
    })
    expect(app.client.getSession()).toMatchObject({ error: { code: 'redirect_loop' } })
    expect(app.tab.assigned).toHaveLength(0)
    // A click of a person is never counted.
    await app.client.signIn()
    expect(app.tab.assigned).toHaveLength(1)
  })

  test('U11 goes by a click also while an automatic sign-in is about to be refused', async () => {
    const on = await device()
    let app = on.open()
    for (let i = 0; i < 2; i++) {
      await app.client.signIn({ automatic: true })
      app = on.back(app.tab, `https://app.example/?error=x&state=${ours(String(i))}`)
      await app.client.whenSettled()
    }
    const refused = expect(app.client.signIn({ automatic: true })).rejects.toMatchObject({
      code: 'redirect_loop',
    })
    await Promise.all([refused, app.client.signIn(), app.client.signIn()])
    expect(app.tab.assigned).toHaveLength(1)
    expect(app.client.getSession().status).toBe('signing-in')
  })

  test('U11 takes a page that the user has not touched for automatic, and without storage refuses at once', async () => {
    const on = await device()
    const { client, tab } = on.open({}, { storage: false })
    tab.touched = false
    await expect(client.signIn()).rejects.toMatchObject({ code: 'storage_unavailable' })
  })
})

test('U11 counts a sign-in with automatic: undefined as automatic when the user has not touched the page', async () => {
  const on = await device()
  const tab = on.world.tab()
  let last: unknown
  for (let i = 0; i < 4; i++) {
    const app = on.open({}, { cloneOf: tab })
    app.tab.touched = false
    last = await outcome(app.client.signIn({ automatic: undefined }))
    for (const [name, value] of app.tab.storage) tab.storage.set(name, value)
    await on.world.advance(100)
  }
  expect(last).toMatchObject({ error: { code: 'redirect_loop' } })
})

test('keeps the session in error when signIn() is called with a wrong option', async () => {
  const on = await device()
  const app = on.open()
  await app.client.signIn()
  const back = on.back(
    app.tab,
    on.answer(app.tab, { code: undefined, error: 'access_denied' }).replace(/code=[^&]*&/, ''),
  )
  back.client.start()
  await on.world.settle()
  expect(back.client.getSession().status).toBe('error')
  await expect(back.client.signIn({ returnTo: 'https://evil.example/' })).rejects.toThrow(TypeError)
  expect(back.client.getSession().status).toBe('error')
})

test('rejects signIn with a typed error on a page without crypto.subtle (http, not loopback)', async () => {
  const on = await device()
  const { client } = on.open({}, { url: 'http://app.example/' })
  await client.whenSettled()
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
  try {
    const error: unknown = await client.signIn().catch((error: unknown) => error)
    expect(error).toBeInstanceOf(AuthError)
  } finally {
    vi.unstubAllGlobals()
  }
})

test('does not end a second sign-in when the time for leaving with the first one is over', async () => {
  const on = await device()
  const { client } = on.open()
  await client.whenSettled()
  await client.signIn()
  await on.world.advance(9000)
  await client.signIn()
  await on.world.advance(2000)
  expect(client.getSession().status).toBe('signing-in')
})

test('throws a TypeError that names both origins for a redirectUri elsewhere, and stays on the page', async () => {
  const on = await device()
  const { client, tab } = on.open({ redirectUri: 'http://127.0.0.1:3000/' })
  await client.whenSettled()
  const refused = expect(client.signIn()).rejects
  await refused.toThrow(/`redirectUri`.*127\.0\.0\.1:3000.*app\.example/)
  expect(tab.assigned).toEqual([])
  expect(client.getSession().status).toBe('signed-out')
})

import { describe, expect, test } from 'vitest'
import { behaviours, status, type Behaviour } from '../../../src/testing/provider/behaviours.ts'
import { refusal } from '../../../src/testing/provider/responses.ts'
import { failure } from '../../support/outcomes.ts'
import { vaultDevice as device, signedInVault as signedIn, states } from '../device.ts'

describe('a sign-in over a live session, at a provider that gives no refresh token again', () => {
  test('keeps the one of the same user', async () => {
    const { vault, provider, signIn, ask, latest, refreshes } = await signedIn('worker')
    const kept = latest()
    provider.tokenResponse = { refresh_token: undefined }
    expect(await signIn(vault)).toMatchObject({ status: 'live', renewable: true })
    provider.tokenResponse = {}
    await ask(vault, { forceRefresh: true })
    expect(refreshes()[0]!.parameters.get('refresh_token')).toBe(kept)
    expect(provider.revoked).toEqual([])
  })

  test('takes the nonce of the first sign-in for no oddity in what that one refreshes', async () => {
    const { vault, events, provider, signIn, ask } = await signedIn('worker', {
      refreshIdToken: true,
    })
    provider.tokenResponse = { refresh_token: undefined }
    await signIn(vault)
    provider.tokenResponse = {}
    await ask(vault, { forceRefresh: true })
    expect(events.filter(({ type }) => type === 'note')).toEqual([])
  })

  test('has the new token, the new claims and the new ID token', async () => {
    const { vault, events, provider, signIn } = await signedIn('worker')
    const before = await vault.idTokenHint()
    provider.tokenResponse = { refresh_token: undefined }
    provider.idToken.claims = { name: 'New' }
    const state = await signIn(vault)
    expect(states(events)).toEqual([state])
    expect(state).toMatchObject({ claims: { name: 'New' } })
    expect(await vault.idTokenHint()).not.toBe(before)
  })

  test('keeps none of another user', async () => {
    const { vault, provider, signIn, pass } = await signedIn('worker')
    provider.tokenResponse = { refresh_token: undefined }
    provider.options.subject = 'user-2'
    const state = await pass(signIn(vault, { replaces: 'user-1' }))
    expect(state).toMatchObject({ claims: { sub: 'user-2' }, renewable: false })
  })

  test('lets a refresh under way go on', async () => {
    const { vault, provider, world, signIn, ask, pass } = await signedIn('worker')
    world.sleep(7_200_000)
    let release!: () => void
    const held = new Promise<void>((resolve) => (release = resolve))
    provider.next('token', (act) => held.then(act))
    const refreshing = vault.getToken({})
    await world.settle()
    provider.next('token', async (act) => {
      const { refresh_token: _, ...rest } = await (await act()).json()
      return Response.json(rest)
    })
    await signIn(vault)
    release()
    await pass(refreshing)
    await ask(vault, { forceRefresh: true })
    expect(await vault.open()).toMatchObject({ status: 'live', renewable: true })
  })
})

describe('the ID token for a silent sign-in', () => {
  test('is there while a session is live, and when it expired', async () => {
    const { vault, provider, ask } = await signedIn('worker')
    const hint = await vault.idTokenHint()
    expect(hint).toMatch(/^e[\w-]+\.[\w-]+\.[\w-]+$/)
    provider.next('token', () => refusal('invalid_grant'))
    await failure(ask(vault, { forceRefresh: true }))
    expect(await vault.idTokenHint()).toBe(hint)
  })

  test('is none before a sign-in and after a sign-out', async () => {
    const made = await device()
    const { vault } = await made.opened('worker')
    expect(await vault.idTokenHint()).toBeUndefined()
    await made.signIn(vault)
    await vault.endSession({ provider: false })
    expect(await vault.idTokenHint()).toBeUndefined()
  })
})

describe('UserInfo at sign-in, where the configuration asks for it', () => {
  async function withUserInfo() {
    const made = await device({ refreshIdToken: true })
    return { ...made, ...(await made.opened('worker', { userInfo: true })) }
  }

  test('adds claims, with one request, and they stay after a reload and a refresh', async () => {
    const { vault, provider, signIn, ask, opened } = await withUserInfo()
    expect(await signIn(vault)).toMatchObject({ claims: { email: 'user@example.com' } })
    await ask(vault, { forceRefresh: true })
    expect(await vault.open()).toMatchObject({ claims: { email: 'user@example.com' } })
    const again = await opened('worker', { userInfo: true })
    expect(await again.vault.open()).toMatchObject({ claims: { email: 'user@example.com' } })
    expect(provider.requests('userinfo').length).toBe(1)
  })

  test('contradicts no ID token, and says nothing of the sign-in itself', async () => {
    const { vault, provider, signIn, ask } = await withUserInfo()
    provider.idToken.claims = { name: 'Signed', auth_time: 5 }
    provider.userInfo = {
      name: 'Other',
      auth_time: 7,
      azp: 'x',
      acr: 'high',
      iss: 'https://x.example',
    }
    const state = await signIn(vault)
    expect(state).toMatchObject({ claims: { name: 'Signed', auth_time: 5 } })
    expect(state).not.toHaveProperty('claims.azp')
    expect(state).not.toHaveProperty('claims.acr')
    await ask(vault, { forceRefresh: true })
  })

  test.each<[string, Behaviour, string]>([
    ['fails', status(503), 'provider_unavailable'],
    ['is out of reach', behaviours.offline, 'network'],
    ['hangs', behaviours.hang, 'timeout'],
    ['is of another user', () => Response.json({ sub: 'user-2' }), 'user_mismatch'],
  ])('that %s is noted, and the sign-in counts', async (_, behaviour, code) => {
    const { vault, events, provider, signIn } = await withUserInfo()
    provider.next('userinfo', behaviour)
    const state = await signIn(vault)
    expect(state).toMatchObject({ status: 'live', claims: { sub: 'user-1' } })
    expect(state).not.toHaveProperty('claims.email')
    expect(events.filter(({ type }) => type === 'note')).toMatchObject([{ error: { code } }])
  })

  test('that hangs delays the sign-in by seconds, less than a page waits', async () => {
    const { world, vault, provider, signIn } = await withUserInfo()
    provider.next('userinfo', behaviours.deaf)
    const start = world.monotonic
    await signIn(vault)
    expect(world.monotonic - start).toBeLessThanOrEqual(5100)
  })

  test('is not asked for otherwise', async () => {
    const { provider } = await signedIn('worker')
    expect(provider.requests('userinfo')).toEqual([])
  })
})

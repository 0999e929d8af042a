// What the provider says of itself changes while a server runs.
import { describe, expect, test } from 'vitest'
import { behaviours, status } from '../../src/testing/provider/behaviours.ts'
import { setUp, type BffSetup, type SetupOptions } from './setup.ts'

const HOUR_MS = 3_600_000
const FLOOR_MS = 300_000
/** Longer than any test takes: the monotonic clock is the real one. */
const A_WHILE_MS = 120_000

/** A backend that knows its provider; a browser, and where its sign-ins go to. */
async function known(given: SetupOptions = {}) {
  const setup = await setUp(given)
  const user = setup.browser()
  const begin = async () => {
    const response = await user.navigate('/bff/login')
    expect(response.status).toBe(303)
    const { origin, pathname } = new URL(response.headers.get('location')!)
    return origin + pathname
  }
  await begin()
  const asked = () => setup.provider.requests('discovery').length
  return { ...setup, user, begin, asked }
}

const kept = ({ events }: Pick<BffSetup, 'events'>) =>
  events.filter(({ type }) => type === 'metadata-kept')

describe('the metadata of the provider', () => {
  test('B-62 are asked for again after an hour, behind a sign-in, and the next one goes where they say', async () => {
    const { provider, user, begin, asked, advance, events } = await known()
    provider.metadata.authorization_endpoint = 'https://op.example/new/authorize'
    provider.metadata.token_endpoint = 'https://op.example/new/token'
    advance(HOUR_MS - A_WHILE_MS)
    expect(await begin()).toBe('https://op.example/authorize')
    expect(asked()).toBe(1)
    advance(A_WHILE_MS)
    expect(await begin()).toBe('https://op.example/authorize')
    await expect.poll(begin).toBe('https://op.example/new/authorize')
    expect(asked()).toBe(2)
    await user.signIn()
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    expect(provider.requests('token').at(-1)?.url).toBe('https://op.example/new/token')
    expect(kept({ events })).toEqual([])
  })

  test('B-62 are asked for in one request, which nobody waits for', async () => {
    const { provider, begin, asked, advance } = await known()
    provider.next('discovery', behaviours.hang)
    advance(HOUR_MS)
    await Promise.all([begin(), begin(), begin()])
    await begin()
    expect(asked()).toBe(2)
  })

  test('B-62 are kept while the provider gives none, and asked for every five minutes', async () => {
    const { provider, begin, asked, advance, events } = await known()
    provider.always('discovery', status(503))
    advance(HOUR_MS)
    await begin()
    await expect
      .poll(() => kept({ events }))
      .toMatchObject([{ error: { code: 'provider_unavailable', status: 503 } }])
    advance(FLOOR_MS - A_WHILE_MS)
    await begin()
    expect(asked()).toBe(2)
    advance(A_WHILE_MS)
    provider.always('discovery', undefined)
    await begin()
    await expect.poll(asked).toBe(3)
    expect(kept({ events })).toHaveLength(1)
    advance(FLOOR_MS)
    await begin()
    expect(asked()).toBe(3)
  })

  test('B-62 are asked for no sooner than the provider wants', async () => {
    const { provider, begin, asked, advance, events } = await known()
    provider.always('discovery', status(429, { 'retry-after': '600' }))
    advance(HOUR_MS)
    await begin()
    await expect.poll(() => kept({ events })).toHaveLength(1)
    advance(600_000 - A_WHILE_MS)
    await begin()
    expect(asked()).toBe(2)
    advance(A_WHILE_MS)
    await begin()
    await expect.poll(asked).toBe(3)
  })

  test.each<[says: string, change: Record<string, unknown>, code: string]>([
    ['are another issuer’s', { issuer: 'https://evil.example' }, 'issuer_mismatch'],
    ['have an insecure endpoint', { token_endpoint: 'http://op.example/t' }, 'insecure_endpoint'],
    ['lack one', { token_endpoint: undefined }, 'invalid_response'],
    ['have no keys any more', { jwks_uri: undefined }, 'unsupported_provider'],
    ['have no S256', { code_challenge_methods_supported: ['plain'] }, 'unsupported_provider'],
  ])('B-62 are kept where the new ones %s, and an event says so', async (_, change, code) => {
    const { provider, user, begin, advance, events } = await known()
    const before = { ...provider.metadata }
    Object.assign(provider.metadata, change)
    advance(HOUR_MS)
    await begin()
    await expect.poll(() => kept({ events })).toMatchObject([{ error: { code } }])
    // What answers at its endpoints is the provider all the same.
    Object.assign(provider.metadata, before)
    await user.signIn()
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
  })

  test('B-62 may name another address for keys: those of before are not taken any more', async () => {
    const { provider, user, begin, advance } = await known()
    await user.signIn()
    provider.metadata.jwks_uri = 'https://op.example/new/jwks'
    await provider.rotateKeys()
    advance(HOUR_MS)
    await begin()
    await expect.poll(() => provider.requests('discovery').length).toBe(2)
    await user.signIn()
    expect(await user.sessionAnswer()).toMatchObject({ authenticated: true })
    expect(provider.requests('jwks').at(-1)?.url).toBe('https://op.example/new/jwks')
  })

  test('B-62 are never asked for where the application gives them', async () => {
    const { metadata } = await setUp().then(({ provider }) => provider)
    const { begin, asked, advance } = await known({ options: { metadata } })
    advance(HOUR_MS)
    await begin()
    expect(asked()).toBe(0)
  })
})

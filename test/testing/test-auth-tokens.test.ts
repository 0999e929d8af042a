// Access tokens of a test's own client: how they are renewed, and how that fails.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors.ts'
import { createTestAuth } from '../../src/testing/auth/create-test-auth.ts'
import type { TestAuth, TestAuthOptions } from '../../src/testing/auth/test-auth.ts'

const DOWN = new AuthError('provider_unavailable', { message: 'Down.', status: 503 })

async function signedIn(options: TestAuthOptions = {}): Promise<TestAuth> {
  const auth = createTestAuth({ user: { sub: 'ada' }, ...options })
  await auth.whenSettled()
  return auth
}

afterEach(() => void vi.useRealTimers())

describe('the access token of a client for tests', () => {
  test('is renewed before it ends where a component shows it, as in an application: none is missing', async () => {
    vi.useFakeTimers()
    const auth = await signedIn({ lifetime: 60_000 })
    const seen: string[] = []
    const look = () => seen.push(auth.getAccessTokenState().status)
    const unsubscribe = auth.subscribeAccessToken(look)
    await vi.advanceTimersByTimeAsync(600_000)
    expect(new Set(seen)).toEqual(new Set(['ready']))
    const token = (await auth.getAccessToken()).split('-').at(-1)
    // One for each lifetime, and what is renewed a fifth earlier.
    expect(Number(token)).toBeLessThan(16)
    unsubscribe()
  })

  test('is never refused with what a client says only of a session that is over', async () => {
    const auth = await signedIn()
    for (const code of ['session_expired', 'signed_out'] as const) {
      const error = new AuthError(code, { message: 'Over.' })
      expect(() => auth.failRenewals(error)).toThrow(/^failRenewals: .*expire\(\)/)
    }
    expect(await auth.getAccessToken({ forceRefresh: true })).toBe('test-access-token-2')
  })

  test('is not renewed while the test says so: one that holds is handed out', async () => {
    const auth = await signedIn()
    auth.failRenewals(DOWN)
    expect(await auth.getAccessToken()).toBe('test-access-token-1')
    await expect(auth.getAccessToken({ forceRefresh: true })).rejects.toMatchObject({
      code: 'provider_unavailable',
      status: 503,
    })
    expect(auth.diagnostics().errors).toMatchObject([{ code: 'provider_unavailable' }])
    auth.failRenewals(undefined)
    expect(await auth.getAccessToken({ forceRefresh: true })).toBe('test-access-token-2')
  })
})

/**
 * A user's own tests, in words that Jest and Vitest share: the client under a provider, in a page without workers, and the
 * client for tests. The
 * runners' own five seconds, and Testing Library's one, are too few for a busy machine.
 */
export const userTest = `
import { act, configure, render, screen } from '@testing-library/react'
import { AuthError, AuthProvider, createAuthClient, SignedOut, useAuth } from 'evertoken'
import { AuthError as CoreError } from 'evertoken/core'
import { createTestAuth } from 'evertoken/testing'

configure({ asyncUtilTimeout: 30_000 })

function Status() {
  return <p>Session: {useAuth().status}</p>
}

test('shows who is signed in', async () => {
  const auth = createAuthClient({ issuer: 'https://id.example.com', clientId: 'spa', vault: 'page' })
  render(
    <AuthProvider client={auth}>
      <Status />
      <SignedOut>Please sign in</SignedOut>
    </AuthProvider>,
  )
  await screen.findByText('Session: signed-out')
  await screen.findByText('Please sign in')
  expect(auth.diagnostics().errors).toEqual([])
  expect(AuthError).toBe(CoreError)
}, 60_000)

test('shows whom the test says', async () => {
  const auth = createTestAuth({ user: { sub: 'u1', name: 'Ada' } })
  await auth.whenSettled()
  render(
    <AuthProvider client={auth}>
      <Status />
      <SignedOut>Please sign in</SignedOut>
    </AuthProvider>,
  )
  screen.getByText('Session: signed-in')
  await act(() => auth.expire({ error: new AuthError('refresh_refused', { message: 'No more.' }) }))
  screen.getByText('Session: expired')
  await act(() => auth.signOut())
  screen.getByText('Please sign in')
}, 60_000)
`

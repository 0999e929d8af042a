/**
 * A user's own test, in words that Jest and Vitest share: the client under a provider, in a page without workers. The
 * runners' own five seconds are too few for a busy machine.
 */
export const userTest = `
import { render, screen } from '@testing-library/react'
import { AuthError, AuthProvider, createAuthClient, SignedOut, useAuth } from 'evertoken'
import { AuthError as CoreError } from 'evertoken/core'

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
  await screen.findByText('Session: signed-out', {}, { timeout: 30_000 })
  await screen.findByText('Please sign in')
  expect(auth.diagnostics().errors).toEqual([])
  expect(AuthError).toBe(CoreError)
}, 60_000)
`

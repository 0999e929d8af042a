import type { Meta, StoryObj } from '@storybook/react-vite'
import {
  AuthError,
  AuthProvider,
  SignedIn,
  SignedOut,
  useAccessToken,
  useAuth,
  useUser,
} from 'evertoken'
import { createTestAuth, type TestAuthOptions } from 'evertoken/testing'
import { useState } from 'react'

function Card() {
  const session = useAuth()
  return (
    <article style={{ font: '15px/1.5 system-ui', width: '22rem' }}>
      <p>
        <strong>{session.status}</strong>
        {'reason' in session && <> — {session.reason}</>}
        {session.status === 'error' && <> — {session.error.message}</>}
      </p>
      <SignedIn>
        <Token />
      </SignedIn>
      {session.status === 'expired' && (
        <button type="button" onClick={() => void session.signIn()}>
          Sign in again
        </button>
      )}
      <SignedOut>
        <button type="button" onClick={() => void session.signIn()}>
          Sign in
        </button>
      </SignedOut>
    </article>
  )
}

function Token() {
  const user = useUser()
  const token = useAccessToken()
  return (
    <p>
      {user?.sub}: token {token.status}
      {token.status === 'unavailable' && <> — {token.error.message}</>}
    </p>
  )
}

/** Its buttons work: Ada signs in. */
function Story(options: TestAuthOptions) {
  const [auth] = useState(() => createTestAuth(options))
  return (
    <AuthProvider client={auth}>
      <Card />
    </AuthProvider>
  )
}

const meta: Meta<typeof Story> = { title: 'Session', component: Story }
export default meta

const user = { sub: 'ada' }
const state = (options: TestAuthOptions): StoryObj<typeof Story> => ({ args: options })

export const Restoring = state({ session: { status: 'restoring' } })
export const SignedOutByNobody = state({ session: { status: 'signed-out' } })
export const SigningIn = state({ session: { status: 'signing-in' } })
export const SignedInAsAda = state({ user })
export const Expired = state({ session: { status: 'expired', user, reason: 'refresh_refused' } })
export const Failed = state({
  session: {
    status: 'error',
    error: new AuthError('network', { message: 'The provider cannot be reached. Try again.' }),
  },
})

import type { Meta, StoryObj } from '@storybook/react-vite'
import {
  AuthError,
  AuthProvider,
  SignedIn,
  SignedOut,
  useAccessToken,
  useAuth,
  useUser,
  type Session,
} from 'evertoken'
import { createScriptedClient } from '../src/testing/scripted-client.ts'

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

function Story({ session }: { session: Session }) {
  return (
    <AuthProvider client={createScriptedClient(session)}>
      <Card />
    </AuthProvider>
  )
}

const meta: Meta<typeof Story> = { title: 'Session', component: Story }
export default meta

const user = { sub: 'ada' }
const subject = user.sub
const state = (session: Session): StoryObj<typeof Story> => ({ args: { session } })

export const Restoring = state({ status: 'restoring' })
export const SignedOutByNobody = state({ status: 'signed-out', reason: 'no_session' })
export const SigningIn = state({ status: 'signing-in' })
export const SignedInAsAda = state({ status: 'signed-in', user, subject })
export const Expired = state({ status: 'expired', user, subject, reason: 'refresh_refused' })
export const Failed = state({
  status: 'error',
  error: new AuthError('network', { message: 'The provider cannot be reached. Try again.' }),
})

import { act, fireEvent, render, screen } from '@testing-library/react'
import { AuthError, AuthProvider, RequireSession, useAccessToken, useAuth } from 'evertoken'
import { createTestAuth, type TestAuth } from 'evertoken/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

const ADA = { sub: 'ada', name: 'Ada' }

let complaints: unknown[][]
beforeEach(() => {
  complaints = vi.spyOn(console, 'error').mockImplementation(() => {}).mock.calls
})
afterEach(() => expect(complaints).toEqual([]))

function Account() {
  const session = useAuth()
  const token = useAccessToken()
  if (session.status === 'signed-in') {
    return (
      <>
        <p>
          Hello, {String(session.user['name'])}: {token.status}
        </p>
        <button onClick={(event) => void session.signOut(event)}>Sign out</button>
      </>
    )
  }
  return (
    <>
      <p>{session.status}</p>
      <button onClick={(event) => void session.signIn(event)}>Sign in</button>
    </>
  )
}

async function show(auth: TestAuth, app = <Account />) {
  await auth.whenSettled()
  render(<AuthProvider client={auth}>{app}</AuthProvider>)
}

const text = () => document.body.textContent

describe('a component under a client for tests', () => {
  test('shows its user from the first render on', async () => {
    await show(createTestAuth({ user: ADA }))
    expect(text()).toContain('Hello, Ada: ready')
  })

  test('follows what the test does', async () => {
    const auth = createTestAuth({ user: ADA })
    await show(auth)
    await act(() => auth.expire())
    expect(text()).toContain('expired')
    await act(() => auth.signInAs({ sub: 'bob', name: 'Bob' }))
    expect(text()).toContain('Hello, Bob: ready')
    await act(() => auth.signOutElsewhere())
    expect(text()).toContain('signed-out')
  })

  test('signs out and in by its buttons', async () => {
    const auth = createTestAuth({ user: ADA })
    await show(auth)
    fireEvent.click(screen.getByText('Sign out'))
    await screen.findByText('signed-out')
    fireEvent.click(screen.getByText('Sign in'))
    await screen.findByText('Hello, Ada: ready')
    expect(auth.signIns).toHaveLength(1)
  })

  test('is guarded: a guard signs in by itself, and shows why it could not', async () => {
    const guarded = <RequireSession>inside</RequireSession>
    const auth = createTestAuth({ user: null })
    auth.answerSignIns(new AuthError('access_denied', { message: 'Cancelled.' }))
    await show(auth, guarded)
    await screen.findByText('Cancelled.')
    expect(auth.signIns).toMatchObject([{ automatic: true }])
    await act(() => auth.signInAs(ADA))
    expect(text()).toContain('inside')
  })
})

import { cleanup } from '@testing-library/react'
import { AuthProvider, useSuspenseAccessToken, type AuthError } from 'evertoken'
import { Component, Suspense, type ReactNode } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { status } from '../../src/testing/provider/behaviours.ts'
import { pass, show, signedIn, type Here } from './setup.tsx'

afterEach(cleanup)

class Boundary extends Component<{ children: ReactNode }, { error?: AuthError }> {
  override state: { error?: AuthError } = {}
  static getDerivedStateFromError = (error: AuthError) => ({ error })
  override render() {
    return this.state.error ? <b>{this.state.error.message}</b> : this.props.children
  }
}

const showSuspended = ({ client }: Here, token: ReactNode) =>
  show(
    <AuthProvider client={client}>
      <Boundary>
        <Suspense fallback="waiting">{token}</Suspense>
      </Boundary>
    </AuthProvider>,
  )

test('U21 useSuspenseAccessToken fails for a wrong resource, and does not suspend in a loop', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const on = await signedIn()
  let renders = 0
  function Token() {
    if (++renders > 200) throw new Error('rendered 200 times')
    return useSuspenseAccessToken({ resource: 'orders' })
  }
  const { container } = showSuspended(on, <Token />)
  for (let i = 0; i < 20; i++) await pass(on.world, 100)
  expect(container.textContent).toMatch(/resource/)
  expect(renders).toBeLessThan(10)
})

test('U21 useSuspenseAccessToken does not tell a component that mounts now of a failure an hour ago', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const on = await signedIn({}, { expiresIn: 60 })
  await pass(on.world, 61_000)
  on.provider.always('token', status(503))
  // Some module makes a call and catches its error.
  const failed = on.client.getAccessToken().catch((error: AuthError) => error.code)
  await pass(on.world, 60_000)
  expect(await failed).toBe('provider_unavailable')
  on.provider.always('token', undefined)
  await pass(on.world, 3_600_000)
  const Token = () => useSuspenseAccessToken()
  const { container } = showSuspended(on, <Token />)
  await pass(on.world, 2000)
  expect(container.textContent).toMatch(/^at-/)
})

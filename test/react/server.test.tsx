import { act, cleanup } from '@testing-library/react'
import {
  AuthProvider,
  createAuthClient,
  RequireSession,
  SignedIn,
  useAccessToken,
  useAuth,
  useSuspenseAccessToken,
  useTokenResponse,
  useUser,
  type AuthClient,
} from 'evertoken'
import { Suspense, type ReactNode } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, test, vi } from 'vitest'
import { createClient } from '../../src/client/create-auth-client.ts'
import { pass, signedIn } from './setup.tsx'

afterEach(cleanup)

const options = { issuer: 'https://op.example', clientId: 'spa' }
const serverClient = () => createClient(options, () => undefined)

const Status = () => `${useAuth().status} ${useUser()?.sub} ${useTokenResponse()?.scope}`
const Token = () => useAccessToken().status
const Page = ({
  client,
  children,
}: {
  client: AuthClient<{ sub: string }>
  children?: ReactNode
}) => (
  <AuthProvider client={client}>
    <p>
      <Status />
    </p>
    <p>
      <Token />
    </p>
    <SignedIn>secret</SignedIn>
    <RequireSession fallback="wait">secret</RequireSession>
    {children}
  </AuthProvider>
)

test('U18 renders every session as restoring on a server', () => {
  const html = renderToString(<Page client={serverClient()} />)
  expect(html).toContain('restoring undefined undefined')
  expect(html).toContain('pending')
  expect(html).toContain('wait')
  expect(html).not.toContain('secret')
})

test('U18 hydrates in the browser without a mismatch', async () => {
  const complaints = vi.spyOn(console, 'error').mockImplementation(() => {})
  const on = await signedIn()
  const root = document.createElement('div')
  root.innerHTML = renderToString(<Page client={serverClient()} />)
  const recovered = vi.fn()
  // The client knows the session before React hydrates: the two cannot differ more.
  expect(on.client.getSession().status).toBe('signed-in')
  act(() => {
    hydrateRoot(root, <Page client={on.client} />, { onRecoverableError: recovered })
  })
  await pass(on.world)
  expect(root.textContent).toContain('signed-in user-1')
  expect(root.textContent).toContain('ready')
  expect(recovered).not.toHaveBeenCalled()
  expect(complaints).not.toHaveBeenCalled()
})

test('U18 sends the fallback of a token that suspends, and does not wait on the server', () => {
  const Reader = () => useSuspenseAccessToken()
  const html = renderToString(
    <Page client={serverClient()}>
      <Suspense fallback="no token yet">
        <Reader />
      </Suspense>
    </Page>,
  )
  expect(html).toContain('no token yet')
})

test('createAuthClient uses the page vault, with a warning, where there is no SharedWorker (happy-dom)', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const client = createAuthClient(options)
  expect(await client.whenSettled()).toEqual({ status: 'signed-out', reason: 'no_session' })
  expect(client.diagnostics().vault).toBe('page')
  expect(warn).toHaveBeenCalledOnce()
})

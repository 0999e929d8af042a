import { act, cleanup, fireEvent, screen } from '@testing-library/react'
import {
  AuthProvider,
  useAccessToken,
  useAuth,
  useAuthClient,
  useSuspenseAccessToken,
  useTokenResponse,
  useUser,
  type AccessToken,
  type AuthClient,
} from 'evertoken'
import { Component, StrictMode, Suspense, useState, type ReactNode } from 'react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { status } from '../../src/testing/provider/behaviours.ts'
import { counter, device, expire, pass, show, signedIn, signInElsewhere } from './setup.tsx'

afterEach(cleanup)

describe('U13 a refresh', () => {
  test('renders no reader of status or user, and each reader of the token once', async () => {
    const on = await signedIn({}, { expiresIn: 100 })
    const count = counter()
    const Status = () => (count.useCount('status'), useAuth().status)
    const Name = () => (count.useCount('user'), useUser()?.sub)
    const Token = () => {
      count.useCount('token')
      const token = useAccessToken()
      return token.status === 'ready' ? token.accessToken : token.status
    }
    const Renewal = () => {
      count.useCount('renewal')
      const token = useAccessToken()
      return <i>{token.status === 'ready' ? token.renewal : token.status}</i>
    }
    const Response = () => (count.useCount('response'), useTokenResponse()?.scope)
    const Root = () => (count.useCount('root'), null)
    show(
      <AuthProvider client={on.client}>
        <Status /> <Name /> <Token /> <Renewal /> <Response /> <Root />
      </AuthProvider>,
    )
    await pass(on.world)
    count.reset()
    const before = on.tokenRequests()
    on.provider.next('token', async (act) => {
      await new Promise<void>((resolve) => on.world.timer(resolve, 5000))
      return act()
    })
    await pass(on.world, 85_000)
    expect(document.querySelector('i')?.textContent).toBe('running')
    await pass(on.world, 5000)
    expect(on.tokenRequests()).toBe(before + 1)
    expect(count.of('status')).toBe(0)
    expect(count.of('user')).toBe(0)
    expect(count.of('root')).toBe(0)
    expect(count.of('token')).toBe(1)
    expect(count.of('response')).toBe(1)
    expect(count.of('renewal')).toBeGreaterThan(1)
    expect(document.querySelector('i')?.textContent).toBe('idle')
  })
})

test('U14 keeps functions for life, and the token’s value until it changes', async () => {
  const on = await signedIn()
  const seen: unknown[][] = []
  const again: (() => void)[] = []
  function Reader() {
    const { signIn, signOut, getAccessToken } = useAuth()
    const token = useAccessToken({ resource: ['https://api.example/'] })
    const [, set] = useState(0)
    again.push(() => set((n) => n + 1))
    seen.push([signIn, signOut, getAccessToken, token.refresh, useAuthClient(), token])
    return null
  }
  show(
    <AuthProvider client={on.client}>
      <Reader />
    </AuthProvider>,
  )
  await pass(on.world, 2000)
  act(() => again.at(-1)!())
  act(() => again.at(-1)!())
  const [before, after] = seen.slice(-2)
  expect(seen.length).toBeGreaterThan(2)
  for (const [i, value] of before!.entries()) expect(after![i]).toBe(value)
  for (const value of [0, 1, 2, 3, 4]) expect(seen.at(-1)![value]).toBe(seen[0]![value])
})

test('useAccessToken keeps the token warm while it is mounted, and refresh() gives a new one', async () => {
  const on = await signedIn({}, { expiresIn: 10 })
  const tokens: AccessToken[] = []
  function Reader() {
    const token = useAccessToken()
    tokens.push(token)
    return token.status
  }
  const { unmount } = show(
    <AuthProvider client={on.client}>
      <Reader />
    </AuthProvider>,
  )
  await pass(on.world, 30_000)
  expect(tokens.at(-1)).toMatchObject({ status: 'ready' })
  const { accessToken, refresh } = tokens.at(-1) as Extract<AccessToken, { status: 'ready' }>
  let fresh: Promise<string> | undefined
  await act(async () => {
    fresh = refresh()
    await on.world.advance(2000)
  })
  expect(await fresh).not.toBe(accessToken)
  const before = on.tokenRequests()
  unmount()
  await pass(on.world, 60_000)
  expect(on.tokenRequests()).toBe(before)
})

class Boundary extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {}
  static getDerivedStateFromError(error: Error) {
    return { error }
  }
  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <button onClick={() => this.setState({ error: undefined as never })}>{error.message}</button>
    )
  }
}

describe('useSuspenseAccessToken', () => {
  const Reader = () => <b>{useSuspenseAccessToken()}</b>
  const tree = (client: Parameters<typeof AuthProvider>[0]['client']) => (
    <AuthProvider client={client}>
      <Boundary>
        <Suspense fallback="waiting">
          <Reader />
        </Suspense>
      </Boundary>
    </AuthProvider>
  )

  test('waits, then shows the token', async () => {
    const on = await signedIn({}, { expiresIn: 10 })
    await on.world.advance(20_000)
    show(tree(on.client))
    expect(screen.getByText('waiting')).toBeTruthy()
    await pass(on.world, 100)
    expect(document.querySelector('b')?.textContent).toMatch(/^at-/)
  })

  test('U21 gives a failure to the boundary, and works again once the failure is over', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const on = await signedIn({}, { expiresIn: 10 })
    await on.world.advance(20_000)
    on.provider.always('token', status(503))
    show(tree(on.client))
    await pass(on.world, 15_000)
    expect(screen.getByRole('button').textContent).toMatch(/token/)
    on.provider.always('token', undefined)
    await pass(on.world, 60_000)
    fireEvent.click(screen.getByRole('button'))
    await pass(on.world, 2000)
    const retry = screen.queryByRole('button')
    if (retry) fireEvent.click(retry)
    await pass(on.world, 100)
    expect(document.querySelector('b')?.textContent).toMatch(/^at-/)
  })
})

describe('AuthProvider', () => {
  test('U9 A-12 makes one exchange under StrictMode and two providers, and cleans the URL before children render', async () => {
    const on = await device()
    const { tab, client } = on.open()
    await client.signIn()
    const back = on.back(tab, on.answer(tab))
    const seen = new Set<string>()
    const Child = () => (seen.add(back.tab.href), useAuth().status)
    const { container } = show(
      <StrictMode>
        <AuthProvider client={back.client}>
          <Child />
        </AuthProvider>
        <AuthProvider client={back.client}>
          <Child />
        </AuthProvider>
      </StrictMode>,
    )
    expect([...seen]).toEqual(['https://app.example/'])
    await pass(on.world, 10)
    expect(container.textContent).toBe('signed-insigned-in')
    expect(on.tokenRequests()).toBe(1)
    cleanup()
    // It is mounted again, as after a hot update.
    const again = show(
      <AuthProvider client={back.client}>
        <Child />
      </AuthProvider>,
    )
    expect(again.container.textContent).toBe('signed-in')
    act(() => back.tab.emit('cached'))
    expect(back.tab.concealed).toBe(true)
    expect(on.tokenRequests()).toBe(1)
  })

  test('is named in the error of a hook without it, and not needed by a hook with { client }', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const on = await signedIn()
    const Status = () => useAuth().status
    const Given = () => useAuth({ client: on.client }).status
    expect(() => show(<Status />)).toThrow(/AuthProvider/)
    expect(show(<Given />).container.textContent).toBe('signed-in')
  })

  test.each([
    ['nothing', undefined],
    ['options', { issuer: 'https://id.example.com', clientId: 'spa' }],
  ])('says what `client` must be where it is given %s', (_, given) => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const client = given as unknown as AuthClient
    expect(() => show(<AuthProvider client={client}>page</AuthProvider>)).toThrow(
      '`client` must be what createAuthClient() made',
    )
  })

  test('lets a second client live on the same page', async () => {
    const on = await signedIn()
    const other = on.open({ vault: 'page' })
    const Both = () => `${useUser()?.sub} ${useAuth({ client: other.client }).status}`
    const { container } = show(
      <AuthProvider client={on.client}>
        <Both />
      </AuthProvider>,
    )
    await act(() => other.client.whenSettled())
    expect(container.textContent).toBe('user-1 signed-out')
  })

  test('W14 shows initialSession until the client knows better', async () => {
    const on = await device()
    const { client } = on.open()
    const Status = () => useAuth().status
    const { container } = show(
      <AuthProvider
        client={client}
        initialSession={{ status: 'signed-in', user: { sub: 'user-1' }, subject: 'user-1' }}
      >
        <Status />
      </AuthProvider>,
    )
    expect(container.textContent).toBe('signed-in')
    await pass(on.world)
    expect(container.textContent).toBe('signed-out')
  })
})

test('U23 keeps the user of useUser when the session expires, and says why in useAuth', async () => {
  const on = await signedIn()
  const Status = () => {
    const auth = useAuth()
    return `${useUser()?.sub} ${auth.status === 'expired' ? auth.reason : auth.status}`
  }
  const { container } = show(
    <AuthProvider client={on.client}>
      <Status />
    </AuthProvider>,
  )
  await expire(on)
  expect(container.textContent).toBe('user-1 invalid_grant')
  await signInElsewhere(on)
  expect(container.textContent).toBe('user-1 signed-in')
})

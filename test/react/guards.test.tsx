import { act, cleanup, fireEvent, screen } from '@testing-library/react'
import { AuthProvider, RequireSession, SignedIn, SignedOut, type AuthClient } from 'evertoken'
import { StrictMode, type ReactNode } from 'react'
import { afterEach, describe, expect, test } from 'vitest'
import { settingsOf } from '../../src/client/options/settings.ts'
import { device, expire, pass, show, signedIn, signInElsewhere } from './setup.tsx'

afterEach(cleanup)

const inside = (client: AuthClient<{ sub: string }>, children: ReactNode) =>
  show(
    <StrictMode>
      <AuthProvider client={client}>{children}</AuthProvider>
    </StrictMode>,
  )

const field = () => screen.getByRole<HTMLInputElement>('textbox')

describe.each([
  ['SignedIn', (children: ReactNode) => <SignedIn>{children}</SignedIn>],
  ['RequireSession', (children: ReactNode) => <RequireSession>{children}</RequireSession>],
])('%s', (_name, guard) => {
  test('U23 keeps a half-filled form through expired and the sign-in after it', async () => {
    const on = await signedIn()
    inside(on.client, guard(<input />))
    fireEvent.change(field(), { target: { value: 'half' } })
    await expire(on)
    expect(on.client.getSession().status).toBe('expired')
    expect(field().value).toBe('half')
    await act(() => on.client.signIn())
    expect(on.client.getSession().status).toBe('signing-in')
    expect(field().value).toBe('half')
    await signInElsewhere(on)
    expect(on.client.getSession().status).toBe('signed-in')
    expect(field().value).toBe('half')
  })

  test('U20 gives another user a new tree, whatever userSchema makes of the claims', async () => {
    const userSchema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: () => ({ value: { sub: 'same for all' } }),
      },
    }
    const on = await signedIn({ userSchema })
    inside(on.client, guard(<input />))
    fireEvent.change(field(), { target: { value: 'half' } })
    on.provider.options.subject = 'user-2'
    await signInElsewhere(on)
    expect(on.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
    expect(field().value).toBe('')
  })

  test('U18 shows nothing while the session is restored', async () => {
    const on = await signedIn()
    const tab = on.open()
    const { container } = inside(
      tab.client,
      <>
        {guard(<p>secret</p>)}
        <SignedOut>login</SignedOut>
      </>,
    )
    expect(container.textContent).toBe('')
    await pass(on.world)
    expect(container.textContent).toBe('secret')
  })
})

test('SignedOut shows its children to users who are not signed in, also after a failure', async () => {
  const on = await device()
  const { client } = on.open()
  const { container } = inside(client, <SignedOut>login</SignedOut>)
  await pass(on.world)
  expect(container.textContent).toBe('login')
  on.world.online = false
  await act(() => client.signIn().catch(() => {}))
  expect(client.getSession().status).toBe('error')
  expect(container.textContent).toBe('login')
})

describe('RequireSession', () => {
  test('goes to sign in by itself, once, and shows the fallback meanwhile', async () => {
    const on = await device()
    const { client, tab } = on.open()
    const { container } = inside(client, <RequireSession fallback="wait">secret</RequireSession>)
    expect(container.textContent).toBe('wait')
    await pass(on.world)
    expect(tab.assigned).toHaveLength(1)
    expect(container.textContent).toBe('wait')
  })

  test('U19 does not go to sign in after a sign-out, also after a reload without the worker’s memory', async () => {
    const on = await signedIn()
    inside(on.client, <RequireSession>secret</RequireSession>)
    await act(() => on.client.signOut())
    await pass(on.world, 1000)
    expect(screen.getByRole('button').textContent).toBe('Sign in')
    expect(on.tab.assigned.filter((url) => url.includes('/authorize'))).toEqual([])
    cleanup()
    on.world.hosts.clear()
    const back = on.back(on.tab, 'https://app.example/')
    inside(back.client, <RequireSession>secret</RequireSession>)
    await pass(on.world, 1000)
    expect(back.tab.assigned).toEqual([])
    fireEvent.click(screen.getByRole('button'))
    await pass(on.world)
    expect(back.tab.assigned).toHaveLength(1)
  })

  test('U11 stops after two redirects a minute, and says so', async () => {
    const on = await device()
    const { mark } = settingsOf({ issuer: 'https://op.example', clientId: 'spa' })
    let app = on.open()
    for (let i = 0; i < 3; i++) {
      inside(app.client, <RequireSession fallback="wait">secret</RequireSession>)
      await pass(on.world)
      expect(app.tab.assigned).toHaveLength(i < 2 ? 1 : 0)
      if (i === 2) break
      cleanup()
      app = on.back(app.tab, `https://app.example/?code=c&state=et.${mark}.${i}`)
    }
    expect(screen.getByRole('alert').textContent).toMatch(/Too many redirects.*state_mismatch/)
    fireEvent.click(screen.getByRole('button'))
    await pass(on.world)
    expect(app.tab.assigned).toHaveLength(1)
  })

  test('U11 shows an error with a button, and does not loop, when the provider cannot be reached', async () => {
    const on = await device()
    on.world.online = false
    const { client, tab } = on.open()
    inside(
      client,
      <RequireSession error={(error, signIn) => <button onClick={signIn}>{error.code}</button>}>
        secret
      </RequireSession>,
    )
    await pass(on.world, 30_000)
    expect(screen.getByRole('button').textContent).toBe('network')
    on.world.online = true
    fireEvent.click(screen.getByRole('button'))
    await pass(on.world)
    expect(tab.assigned).toHaveLength(1)
  })

  test('shows a button after the back button from the provider, and does not leave by itself', async () => {
    const on = await device()
    const { client, tab } = on.open()
    inside(client, <RequireSession>secret</RequireSession>)
    await pass(on.world)
    await act(async () => {
      tab.emit('cached')
      tab.emit('restored')
      await on.world.advance(1)
    })
    await pass(on.world, 20_000)
    expect(tab.assigned).toHaveLength(1)
    expect(screen.getByRole('button').textContent).toBe('Sign in')
  })

  test.each([
    ['who?', 'who?'],
    [null, ''],
  ])('shows signedOut instead of going to sign in: %s', async (signedOut, text) => {
    const on = await device()
    const { client, tab } = on.open()
    const { container } = inside(
      client,
      <RequireSession signedOut={signedOut}>secret</RequireSession>,
    )
    await pass(on.world, 1000)
    expect(container.textContent).toBe(text)
    expect(tab.assigned).toEqual([])
  })
})

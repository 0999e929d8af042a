import { act, cleanup, fireEvent, screen } from '@testing-library/react'
import { AuthProvider, SignedIn, useAuth } from 'evertoken'
import { useEffect } from 'react'
import { afterEach, expect, test } from 'vitest'
import { outcome } from '../support/outcomes.ts'
import { device, pass, show, signedIn } from './setup.tsx'

afterEach(cleanup)

const user = { name: 'Ada' } as unknown as { sub: string }

test('F30 keeps what was typed when the subject becomes known after a server’s first render', async () => {
  const on = await signedIn()
  const { client } = on.open()
  show(
    <AuthProvider client={client} initialSession={{ status: 'signed-in', user }}>
      <SignedIn>
        <input />
      </SignedIn>
    </AuthProvider>,
  )
  const input = screen.getByRole<HTMLInputElement>('textbox')
  fireEvent.change(input, { target: { value: 'half' } })
  await pass(on.world)
  expect(client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
  expect(screen.getByRole('textbox')).toBe(input)
  expect(input.value).toBe('half')
})

test('F10 gives a child’s first effect no token of another user than the page shows', async () => {
  const on = await signedIn({}, { subject: 'user-2' })
  const { client } = on.open()
  const got: Promise<unknown>[] = []
  function Form() {
    const { getAccessToken } = useAuth()
    useEffect(() => void got.push(outcome(getAccessToken())), [getAccessToken])
    return null
  }
  const shown = { status: 'signed-in', user: { sub: 'user-1' }, subject: 'user-1' } as const
  show(
    <AuthProvider client={client} initialSession={shown}>
      <Form />
    </AuthProvider>,
  )
  await pass(on.world, 1000)
  expect(await got[0]).toMatchObject({ error: { code: 'user_mismatch' } })
})

test('U21 leaves nothing to catch in a click handler: what fails is in the session', async () => {
  const unhandled: unknown[] = []
  const hear = (error: unknown) => void unhandled.push(error)
  process.on('unhandledRejection', hear)
  try {
    const on = await device()
    const { client } = on.open()
    function Button() {
      const { signIn, status } = useAuth()
      return <button onClick={() => void signIn()}>{status}</button>
    }
    show(
      <AuthProvider client={client}>
        <Button />
      </AuthProvider>,
    )
    await pass(on.world)
    on.world.online = false
    await act(async () => void fireEvent.click(screen.getByRole('button')))
    await pass(on.world, 1000)
    expect(screen.getByRole('button').textContent).toBe('error')
    expect(unhandled).toEqual([])
  } finally {
    process.off('unhandledRejection', hear)
  }
})

// oxlint-disable typescript/no-misused-promises -- what is tried here, and what never rejects
import { act, cleanup, fireEvent, screen } from '@testing-library/react'
import { AuthProvider, useAuth } from 'evertoken'
import { afterEach, expect, test } from 'vitest'
import { device, pass, show, signedIn } from './setup.tsx'

afterEach(cleanup)

function Buttons() {
  const { signIn, signOut, status } = useAuth()
  return (
    <>
      <p>{status}</p>
      <button onClick={signIn}>in</button>
      <button onClick={signOut}>out</button>
    </>
  )
}

const click = (name: string) => act(async () => void fireEvent.click(screen.getByText(name)))

test('U21 signIn is a click handler as it is: no property of an event is taken for an option', async () => {
  const on = await device()
  const { client, tab } = on.open()
  show(
    <AuthProvider client={client}>
      <Buttons />
    </AuthProvider>,
  )
  await pass(on.world)
  await click('in')
  await pass(on.world)
  expect(client.getSession().status).toBe('signing-in')
  const { searchParams } = new URL(tab.assigned.at(-1)!)
  const names = ['prompt', 'login_hint', 'max_age', 'ui_locales', 'acr_values', 'type', 'target']
  expect(names.filter((name) => searchParams.has(name))).toEqual([])
})

test('U21 signOut is a click handler as it is', async () => {
  const on = await signedIn()
  show(
    <AuthProvider client={on.client}>
      <Buttons />
    </AuthProvider>,
  )
  await pass(on.world)
  await click('out')
  await pass(on.world)
  expect(on.client.getSession()).toEqual({ status: 'signed-out', reason: 'signed_out' })
})

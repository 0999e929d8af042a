import { act, cleanup, fireEvent, screen } from '@testing-library/react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { RequireSession, SignedIn, useAuth } from 'evertoken'
import { protectedMutationFn, protectedQueryFn } from 'evertoken/query'
import { useLayoutEffect, useState, type ReactNode } from 'react'
import { afterEach, describe, expect, test } from 'vitest'
import { API } from '../client/fetch/setup.ts'
import { outcome } from '../support/outcomes.ts'
import { queryApp, settle, type Named } from './query-setup.tsx'
import { expire, pass } from './setup.tsx'

afterEach(cleanup)

type Guard = (children: ReactNode) => ReactNode

const guards: [string, Guard, boolean][] = [false, true].flatMap((isStrict) => [
  ['SignedIn', (children: ReactNode) => <SignedIn>{children}</SignedIn>, isStrict],
  [
    'RequireSession',
    (children: ReactNode) => <RequireSession>{children}</RequireSession>,
    isStrict,
  ],
])

type App = Awaited<ReturnType<typeof queryApp>>

/** An order form beside the orders: what is typed is partly React's and partly the page's own. */
function orderForm({ on, useSeen }: App) {
  const { client } = on
  const queryFn = protectedQueryFn<Named>(client, `${API}/orders`)
  const mutationFn = protectedMutationFn<string, Named>(client, (body) => [
    `${API}/orders`,
    { method: 'POST', body },
  ])
  const mounted: string[] = []
  const statuses = new Set<string>()
  const ended: Promise<unknown>[] = []

  function Form() {
    const session = useAuth()
    const { status, signIn } = session
    const failure = 'signInError' in session ? session.signInError : undefined
    const [count, setCount] = useState(0)
    const orders = useQuery({ queryKey: ['orders'], queryFn })
    const order = useMutation({ mutationFn })
    const seen = useSeen(orders.data?.of)
    useLayoutEffect(() => {
      mounted.push('in')
      return () => void mounted.push('out')
    }, [])
    useLayoutEffect(() => void statuses.add(status), [status])
    return (
      <>
        <input />
        <button onClick={() => setCount(count + 1)}>count {count}</button>
        <button onClick={() => void orders.refetch()}>refetch</button>
        <button onClick={() => ended.push(outcome(order.mutateAsync('an order')))}>order</button>
        <button onClick={() => void signIn({ mode: 'popup' })}>again</button>
        <p>{seen}</p>
        <output>{failure?.code}</output>
      </>
    )
  }
  return { Form, mounted, statuses, ended }
}

const failureShown = () => screen.getByRole('status').textContent

/** A user who typed half an order before the session expired. */
async function expiredApp(guard: Guard, isStrict: boolean) {
  const app = await queryApp()
  const { on, api } = app
  const { Form, mounted, statuses, ended } = orderForm(app)
  app.render(guard(<Form />), isStrict)
  await settle(on)
  fireEvent.change(field(), { target: { value: 'half' } })
  click('count 0')
  await expire(on)
  const before = { field: field(), mounted: [...mounted] }
  statuses.clear()
  const calls = api.calls.length
  return {
    ...app,
    ended,
    statuses,
    /** The form is the one of before, with all that was typed. */
    expectKept() {
      expect(field()).toBe(before.field)
      expect(field().value).toBe('half')
      expect(screen.getByText('count 1')).toBeTruthy()
      expect(mounted).toEqual(before.mounted)
    },
    /** What the resource was asked since. */
    sent: () => api.calls.slice(calls),
  }
}

const field = () => screen.getByRole<HTMLInputElement>('textbox')
const click = (name: string) => fireEvent.click(screen.getByText(name))
const posts = (calls: { method: string; body: string }[]) =>
  calls.filter(({ method }) => method === 'POST').map(({ body }) => body)

describe.each(guards)('U23 in place, below <%s>, after expired', (_name, guard, isStrict) => {
  const title = (what: string) => `${what} (StrictMode: ${isStrict})`

  test(
    title('a popup signs the same user in: the form stays, and what was paused goes on'),
    async () => {
      const app = await expiredApp(guard, isStrict)
      const { on, statuses, sent, ended } = app
      click('refetch')
      click('order')
      await settle(on)
      expect(sent()).toEqual([])
      click('again')
      await settle(on)
      expect(on.client.getSession().status).toBe('signing-in')
      app.expectKept()
      // What is asked for on the way waits, too.
      const call = outcome(on.client.fetch(`${API}/meanwhile`).then((response) => response.json()))
      await settle(on)
      expect(sent()).toEqual([])
      await act(async () => void on.popupBack(on.tab))
      await settle(on)
      expect(on.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
      app.expectKept()
      expect([...statuses]).toEqual(['signing-in', 'signed-in'])
      expect(await Promise.all([...ended, call])).toEqual([
        { value: { of: 'user-1' } },
        { value: { of: 'user-1' } },
      ])
      expect(sent()).toHaveLength(3)
      expect(posts(sent())).toEqual(['an order'])
      expect(app.foreign()).toEqual([])
      expect(on.tab.assigned.filter((url) => url.includes('/authorize'))).toHaveLength(0)
    },
  )

  test(title('a popup signs another user in: nothing of the first is shown or sent'), async () => {
    const app = await expiredApp(guard, isStrict)
    const { on, sent, ended } = app
    click('refetch')
    click('order')
    click('again')
    await settle(on)
    const call = outcome(on.client.fetch(`${API}/meanwhile`))
    on.provider.options.subject = 'user-2'
    await act(async () => void on.popupBack(on.tab))
    await settle(on)
    expect(on.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
    expect(await Promise.all(ended)).toMatchObject([{ error: { code: 'user_mismatch' } }])
    expect(await call).toMatchObject({ error: { code: 'user_mismatch' } })
    // The new user's orders, and no order of the one before.
    expect(posts(sent())).toEqual([])
    expect(sent().filter(({ url }) => url.endsWith('/meanwhile'))).toEqual([])
    expect(field().value).toBe('')
    expect(screen.getByText('count 0')).toBeTruthy()
    expect(screen.getByText('user-2')).toBeTruthy()
    expect(app.foreign()).toEqual([])
  })

  test(title('U21 a blocked popup says so at once, beside the form'), async () => {
    const app = await expiredApp(guard, isStrict)
    const { on } = app
    on.tab.blocksPopups = true
    const refused = outcome(on.client.signIn({ mode: 'popup' }))
    await settle(on)
    expect(await refused).toMatchObject({ error: { code: 'popup_blocked' } })
    click('again')
    await settle(on)
    expect(on.client.getSession()).toMatchObject({ status: 'expired', subject: 'user-1' })
    // A click handler catches nothing: it is in the session.
    expect(failureShown()).toBe('popup_blocked')
    app.expectKept()
    on.tab.blocksPopups = false
    click('again')
    await settle(on)
    expect(failureShown()).toBe('')
    await act(async () => void on.popupBack(on.tab))
    await settle(on)
    expect(on.client.getSession().status).toBe('signed-in')
    app.expectKept()
  })

  test(
    title('U21 a popup that is closed says so within a second, and the next click works'),
    async () => {
      const app = await expiredApp(guard, isStrict)
      const { on, sent, ended } = app
      click('order')
      click('again')
      await settle(on)
      on.tab.popups.at(-1)!.close()
      await pass(on.world, 1000)
      expect(on.client.getSession()).toMatchObject({ status: 'expired', subject: 'user-1' })
      expect(failureShown()).toBe('popup_closed')
      app.expectKept()
      expect(sent()).toEqual([])
      click('again')
      await settle(on)
      await act(async () => void on.popupBack(on.tab))
      await settle(on)
      app.expectKept()
      expect(await Promise.all(ended)).toEqual([{ value: { of: 'user-1' } }])
      expect(posts(sent())).toEqual(['an order'])
    },
  )
})

test('U23 a call of auth.fetch that is made in expired is refused at once, and never sent', async () => {
  const { on, sent } = await expiredApp((children) => <SignedIn>{children}</SignedIn>, false)
  const call = outcome(on.client.fetch(`${API}/late`))
  await settle(on)
  expect(await call).toMatchObject({ error: { code: 'session_expired' } })
  click('again')
  await settle(on)
  await act(async () => void on.popupBack(on.tab))
  await settle(on)
  expect(on.client.getSession().status).toBe('signed-in')
  expect(sent().filter(({ url }) => url.endsWith('/late'))).toEqual([])
})

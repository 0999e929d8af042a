import { act, cleanup, screen } from '@testing-library/react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { protectedMutationFn, protectedQueryFn } from 'evertoken/query'
import { afterEach, describe, expect, test } from 'vitest'
import { API } from '../client/fetch/setup.ts'
import { queryApp, settle, text, type Named } from './query-setup.tsx'

afterEach(cleanup)

async function start(isStrict: boolean) {
  const app = await queryApp()
  function Orders() {
    const queryFn = protectedQueryFn<Named>(app.on.client, `${API}/orders`)
    const { data } = useQuery({ queryKey: ['orders'], queryFn })
    return app.useSeen(data?.of)
  }
  const view = app.render(<Orders />, isStrict)
  await settle(app.on)
  return { ...app, view }
}

describe.each([false, true])('<AuthQueryBinding> (StrictMode: %s)', (isStrict) => {
  test('U15 shows the data of the user, and nothing of them beside another one', async () => {
    const { changeUser, foreign } = await start(isStrict)
    expect(text()).toBe('user-1')
    await changeUser()
    expect(text()).toBe('user-2')
    expect(foreign()).toEqual([])
  })

  test('U15 leaves nothing of the user in the cache after a sign-out', async () => {
    const { on, queryClient, foreign } = await start(isStrict)
    await act(() => on.client.signOut({ provider: false }))
    await settle(on)
    const data = queryClient
      .getQueryCache()
      .getAll()
      .map((query) => query.state.data)
    expect(JSON.stringify(data)).not.toContain('user-1')
    expect(foreign()).toEqual([])
  })

  test('lets go of the session as it unmounts', async () => {
    const { on, queryClient, view } = await start(isStrict)
    view.unmount()
    queryClient.setQueryData(['mine'], 'kept')
    await act(() => on.client.signOut({ provider: false }))
    await settle(on)
    expect(queryClient.getQueryData(['mine'])).toBe('kept')
  })

  test('U15 shows nothing of a mutation to another user', async () => {
    const app = await queryApp()
    function Form() {
      const rename = useMutation({
        mutationFn: protectedMutationFn<string, Named>(app.on.client, (body) => [
          `${API}/name`,
          { method: 'PUT', body },
        ]),
      })
      const seen = app.useSeen(rename.data?.of ?? rename.variables)
      return <button onClick={() => rename.mutate('user-1')}>{seen}</button>
    }
    app.render(<Form />, isStrict)
    await settle(app.on)
    act(() => screen.getByRole('button').click())
    await settle(app.on)
    expect(text()).toBe('user-1')
    await app.changeUser()
    expect(text()).toBe('nothing')
    expect(app.foreign()).toEqual([])
  })

  test('U16 is in time for the first query: a refusal is not tried again', async () => {
    const app = await queryApp()
    app.api.answer = () => new Response('no', { status: 403 })
    function Orders() {
      const queryFn = protectedQueryFn<Named>(app.on.client, `${API}/orders`)
      return <b>{useQuery({ queryKey: ['orders'], queryFn, retryDelay: 1 }).status}</b>
    }
    app.render(<Orders />, isStrict)
    await settle(app.on)
    expect(text()).toBe('error')
    expect(app.api.calls).toHaveLength(1)
  })
})

import { dehydrate, hydrate, QueryClient, QueryObserver } from '@tanstack/react-query'
import { bindQueryClient, protectedQueryFn } from 'evertoken/query'
import { describe, expect, test } from 'vitest'
import { API, callingApp } from '../client/fetch/setup.ts'
import { everything, queryingApp } from './setup.ts'
import { eventually } from '../support/eventually.ts'

describe('U15 whose a cache is', () => {
  test('is known of several caches of one client, each emptied', async () => {
    const { client, queryClient, signOut } = await queryingApp()
    const others = [new QueryClient(), new QueryClient()]
    for (const other of others) bindQueryClient(client, other)
    const all = [queryClient, ...others]
    for (const one of all) one.setQueryData(['orders'], { of: 'user-1' })
    await signOut()
    expect(all.map((one) => one.getQueryData(['orders']))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  test('is known of a cache that was made, and asked for data, before the client was', async () => {
    const queryClient = new QueryClient()
    let app: Awaited<ReturnType<typeof callingApp>> | undefined
    const early = new QueryObserver(queryClient, {
      queryKey: ['early'],
      queryFn: () => (app ? Promise.resolve({ of: 'user-1' }) : Promise.reject(new Error('none'))),
      retry: true,
      retryDelay: 5,
    })
    early.subscribe(() => {})
    app = await callingApp()
    bindQueryClient(app.client, queryClient)
    await eventually(() => expect(early.getCurrentResult().data).toEqual({ of: 'user-1' }))
    const out = app.client.signOut({ provider: false })
    await app.world.settle()
    await out
    expect(everything(queryClient)).not.toContain('user-1')
  })

  test('is the user’s whom a server rendered for, where another one turns out to be signed in', async () => {
    const { client } = await callingApp()
    const queryClient = new QueryClient()
    queryClient.setQueryData(['orders'], { of: 'user-0' })
    bindQueryClient(client, queryClient, { subject: 'user-0' })
    expect(everything(queryClient)).not.toContain('user-0')
  })

  test('is known again where it was not bound while the user changed', async () => {
    const { client, queryClient, unbind, changeUser } = await queryingApp()
    queryClient.setQueryData(['orders'], { of: 'user-1' })
    unbind()
    await changeUser()
    bindQueryClient(client, queryClient)
    expect(everything(queryClient)).not.toContain('user-1')
  })

  test('is not taken for the first user’s again by each later binding', async () => {
    const { client, queryClient, unbind, changeUser } = await queryingApp()
    await changeUser()
    queryClient.setQueryData(['orders'], { of: 'user-2' })
    unbind()
    // What a component remembers of its first render.
    const again = bindQueryClient(client, queryClient, { subject: 'user-1' })
    expect(queryClient.getQueryData(['orders'])).toEqual({ of: 'user-2' })
    again()
  })
})

describe('U15 what a query was made with', () => {
  test('is not brought back: data of a query made of another one, and of a server', async () => {
    const { queryClient, observe, signOut, foreign } = await queryingApp()
    const list = observe('orders')
    await eventually(() => expect(list.getCurrentResult().data).toEqual({ of: 'user-1' }))
    const detail = observe('order', {
      initialData: () => queryClient.getQueryData(['orders']),
      staleTime: Infinity,
    })
    expect(detail.getCurrentResult().data).toEqual({ of: 'user-1' })
    const server = new QueryClient()
    server.setQueryData(['rendered'], { of: 'user-1' })
    hydrate(queryClient, structuredClone(dehydrate(server)))
    const rendered = observe('rendered', { staleTime: Infinity })
    expect(rendered.getCurrentResult().data).toEqual({ of: 'user-1' })
    await signOut()
    expect(detail.getCurrentResult().data).toBeUndefined()
    expect(rendered.getCurrentResult().data).toBeUndefined()
    detail.setOptions({ ...detail.options })
    await queryClient.cancelQueries()
    expect(foreign()).toEqual([])
    // Query 5.0 keeps what a query was made with, and tells it in the same task: a component, which hears later, never.
    void queryClient.resetQueries({ queryKey: ['rendered'] })
    expect(rendered.getCurrentResult().data).toBeUndefined()
    expect(everything(queryClient)).not.toContain('user-1')
  })

  test('a server for one user is not taken in again for the next, and is for the same', async () => {
    const { client, queryClient, changeUser, observe, provider, on, options, world } =
      await queryingApp()
    const server = new QueryClient()
    server.setQueryData(['orders'], { of: 'user-1' })
    const state = structuredClone(dehydrate(server))
    hydrate(queryClient, state)
    expect(queryClient.getQueryData(['orders'])).toEqual({ of: 'user-1' })
    await changeUser()
    // The next user's tree has the same <HydrationBoundary>.
    hydrate(queryClient, state)
    expect(queryClient.getQueryData(['orders'])).toBeUndefined()
    // Also over a query whose own answer is on its way, and that goes on.
    const observer = observe('orders')
    hydrate(queryClient, state)
    expect(observer.getCurrentResult().data).toBeUndefined()
    await eventually(() => expect(observer.getCurrentResult().data).toEqual({ of: 'user-2' }))
    observer.destroy()
    provider.options.subject = 'user-1'
    await on.signIn(on.open(options), options)
    await world.until(() => (client.getSession() as { subject?: string }).subject === 'user-1')
    hydrate(queryClient, state)
    expect(queryClient.getQueryData(['orders'])).toEqual({ of: 'user-1' })
  })

  test('an application’s own initial data are every user’s', async () => {
    const { queryClient, observe, changeUser } = await queryingApp()
    const NONE = { none: true }
    const options = { initialData: NONE, staleTime: Infinity, queryFn: () => Promise.resolve(NONE) }
    const observer = observe('orders', options)
    await changeUser()
    const other = new QueryObserver(queryClient, { queryKey: ['orders'], ...options })
    expect(other.getCurrentResult().data ?? NONE).toBe(NONE)
    await eventually(() => expect(observer.getCurrentResult().data).toEqual(NONE))
  })
})

test('U15 U20 an infinite query that is fetched again asks for no further page as the next user', async () => {
  const { client, api, queryClient, changeUser, foreign, observe } = await queryingApp()
  observe('orders')
  const pages = {
    queryKey: ['pages'],
    queryFn: protectedQueryFn<unknown, number>(
      client,
      ({ pageParam }) => `${API}/pages/${pageParam}`,
    ),
    initialPageParam: 0,
    getNextPageParam: (_page: unknown, all: unknown[]) => all.length,
  }
  await queryClient.fetchInfiniteQuery({ ...pages, pages: 3 })
  const before = api.calls.length
  let answer!: (response: Response) => void
  api.next(() => new Promise((resolve) => (answer = resolve)))
  const again = queryClient
    .refetchQueries({ queryKey: ['pages'] }, { throwOnError: true })
    .catch((error: unknown) => error)
  await eventually(() => expect(api.calls.length).toBe(before + 1))
  await changeUser()
  answer(Response.json({ of: 'user-1' }))
  await again
  const asked = api.calls.slice(before).map(({ url }) => url)
  expect(asked.filter((url) => url.includes('/pages/'))).toEqual([`${API}/pages/0`])
  expect(everything(queryClient)).not.toContain('user-1')
  expect(foreign()).toEqual([])
})

import {
  dehydrate,
  InfiniteQueryObserver,
  keepPreviousData,
  MutationObserver,
} from '@tanstack/react-query'
import {
  protectedMutationFn,
  protectedQueryFn,
  ResponseError,
  userInfoQueryOptions,
} from 'evertoken/query'
import { describe, expect, test } from 'vitest'
import { API } from '../client/fetch/setup.ts'
import { everything, expire, queryingApp } from './setup.ts'
import { eventually } from '../support/eventually.ts'

describe('U15 the cache belongs to the user', () => {
  test('a sign-out leaves nothing of them, before anything hears of it', async () => {
    const { client, queryClient, observe, foreign, signOut } = await queryingApp()
    const observer = observe('orders')
    await eventually(() => expect(observer.getCurrentResult().data).toEqual({ of: 'user-1' }))
    queryClient.setQueryData(['left'], { of: 'user-1' })
    const seen: string[] = []
    client.subscribe(() => seen.push(everything(queryClient)))
    await signOut()
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.join()).not.toContain('user-1')
    expect(observer.getCurrentResult()).toMatchObject({ data: undefined, status: 'pending' })
    expect(queryClient.getQueryData(['left'])).toBeUndefined()
    expect(foreign()).toEqual([])
  })

  test('another tab’s sign-out does the same', async () => {
    const { on, options, world, client, queryClient, observe, foreign } = await queryingApp()
    const observer = observe('orders')
    await eventually(() => expect(observer.getCurrentResult().data).toBeDefined())
    const other = on.open(options)
    await other.client.whenSettled()
    const out = other.client.signOut({ provider: false })
    await world.until(() => client.getSession().status === 'signed-out')
    await out
    expect(everything(queryClient)).not.toContain('user-1')
    expect(foreign()).toEqual([])
  })

  test('another user sees nothing of them, and gets their own', async () => {
    const { client, queryClient, observe, shown, foreign, changeUser } = await queryingApp()
    const plain = observe('orders')
    const selecting = observe('selected', { select: (data: object) => ({ ...data }) })
    const paging = observe('page-1', { placeholderData: keepPreviousData })
    const infinite = new InfiniteQueryObserver(queryClient, {
      queryKey: ['all'],
      queryFn: protectedQueryFn<unknown, number>(
        client,
        ({ pageParam }) => `${API}/all/${pageParam}`,
      ),
      initialPageParam: 0,
      getNextPageParam: (_page, pages) => pages.length,
    })
    const pages: unknown[] = []
    infinite.subscribe(({ data }) => pages.push([client.getSession(), data]))
    await eventually(() => {
      for (const { data } of [plain, selecting, paging].map((one) => one.getCurrentResult())) {
        expect(data).toEqual({ of: 'user-1' })
      }
      expect(infinite.getCurrentResult().data?.pages).toEqual([{ of: 'user-1' }])
    })
    // Another page, which shows the one before until it has come: it never does.
    paging.setOptions({
      queryKey: ['page-2'],
      queryFn: () => new Promise(() => {}),
      placeholderData: keepPreviousData,
    })
    expect(paging.getCurrentResult()).toMatchObject({ isPlaceholderData: true })
    await changeUser()
    expect(paging.getCurrentResult().data).toBeUndefined()
    await eventually(() => {
      expect(plain.getCurrentResult().data).toEqual({ of: 'user-2' })
      expect(selecting.getCurrentResult().data).toEqual({ of: 'user-2' })
      expect(infinite.getCurrentResult().data?.pages).toEqual([{ of: 'user-2' }])
    })
    expect(foreign()).toEqual([])
    expect(shown.some(({ of }) => of === 'user-2')).toBe(true)
    expect(
      JSON.stringify(pages.filter((one) => JSON.stringify(one).includes('user-2'))),
    ).not.toContain('"of":"user-1"')
  })

  test('an answer that comes late, and a query that is tried again, are dropped', async () => {
    const { queryClient, observe, signOut } = await queryingApp()
    let answer!: (data: object) => void
    let tries = 0
    const late = observe('late', { queryFn: () => new Promise((resolve) => (answer = resolve)) })
    observe('again', {
      queryFn: () => Promise.reject(new Error(`try ${++tries}`)),
      retryDelay: 20,
      retry: 5,
    })
    await eventually(() => expect(tries).toBeGreaterThan(0))
    await signOut()
    const before = tries
    answer({ of: 'user-1' })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(tries).toBe(before)
    expect(late.getCurrentResult().data).toBeUndefined()
    expect(everything(queryClient)).not.toContain('user-1')
  })

  test('a mutation under way writes nothing to the next cache, and is not tried again', async () => {
    const { queryClient, signOut } = await queryingApp()
    let fail!: (error: Error) => void
    let tries = 0
    const mutation = new MutationObserver(queryClient, {
      mutationFn: () => {
        tries++
        return new Promise<object>((_, reject) => (fail = reject))
      },
      retry: 3,
      retryDelay: 1,
      onMutate: () => ({ previous: { of: 'user-1' } }),
      // The recipe of an optimistic update.
      onError: (_error, _variables, context) =>
        queryClient.setQueryData(['orders'], context?.previous),
    })
    const ended = mutation.mutate().catch((error: unknown) => error)
    await eventually(() => expect(tries).toBe(1))
    await signOut()
    fail(new Error('late'))
    expect(await ended).toBeInstanceOf(Error)
    expect(tries).toBe(1)
    expect(queryClient.getQueryData(['orders'])).toBeUndefined()
    expect(queryClient.getMutationCache().getAll()).toEqual([])
  })

  test('a refresh touches nothing', async () => {
    const { client, world, on, observe, shown } = await queryingApp({}, { expiresIn: 60 })
    const observer = observe('orders')
    await eventually(() => expect(observer.getCurrentResult().data).toBeDefined())
    const before = [observer.getCurrentResult(), shown.length] as const
    const tokens = on.tokenRequests()
    const token = client.getAccessToken({ forceRefresh: true })
    await world.until(() => on.tokenRequests() > tokens)
    await token
    expect([observer.getCurrentResult(), shown.length]).toEqual(before)
  })

  test('what the binding was ended for is left alone', async () => {
    const { queryClient, unbind, signOut } = await queryingApp()
    queryClient.setQueryData(['public'], 1)
    unbind()
    await signOut()
    expect(queryClient.getQueryData(['public'])).toBe(1)
  })
})

describe('U23 a session that expires', () => {
  test('keeps the cache on the screen; queries and mutations wait, and go on for the same user', async () => {
    const app = await queryingApp()
    const { client, api, world, on, options, queryClient, observe } = app
    const observer = observe('orders')
    await eventually(() => expect(observer.getCurrentResult().data).toBeDefined())
    await expire(app)
    const calls = api.calls.length
    const refetch = observer.refetch()
    const mutation = new MutationObserver(queryClient, {
      mutationFn: protectedMutationFn(client, (body: string) => [
        `${API}/new`,
        { method: 'POST', body },
      ]),
    })
    const mutated = mutation.mutate('one')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(observer.getCurrentResult()).toMatchObject({ data: { of: 'user-1' }, isError: false })
    expect(api.calls).toHaveLength(calls)
    await on.signIn(on.open(options), options)
    await world.until(() => client.getSession().status === 'signed-in')
    expect((await refetch).data).toEqual({ of: 'user-1' })
    expect(await mutated).toEqual({ of: 'user-1' })
  })

  test('and then is another user’s leaves nothing, and what waited is refused', async () => {
    const app = await queryingApp()
    const { client, api, observe, queryClient, foreign, changeUser } = app
    const observer = observe('orders')
    await eventually(() => expect(observer.getCurrentResult().data).toBeDefined())
    await expire(app)
    const body = protectedMutationFn(client, (text: string) => [
      `${API}/new`,
      { method: 'POST', body: text },
    ])
    const waiting = body('of user-1').catch((error: unknown) => error)
    await changeUser()
    expect(await waiting).toMatchObject({ code: 'user_mismatch' })
    expect(api.calls.filter(({ method }) => method === 'POST')).toEqual([])
    await eventually(() => expect(observer.getCurrentResult().data).toEqual({ of: 'user-2' }))
    expect(everything(queryClient)).not.toContain('user-1')
    expect(foreign()).toEqual([])
  })
})

describe('a protected query', () => {
  test('U16 is not tried again when it is refused, and is when it may pass', async () => {
    const { api, queryClient, client } = await queryingApp()
    for (const [code, tries] of [
      [403, 1],
      [503, 3],
    ] as const) {
      const before = api.calls.length
      const answer = () => new Response('no', { status: code })
      api.next(...Array.from({ length: code === 403 ? 1 : 2 }, () => answer))
      const result = await queryClient
        .fetchQuery({
          queryKey: [code],
          queryFn: protectedQueryFn(client, `${API}/a`),
          retry: queryClient.getDefaultOptions().queries!.retry!,
          retryDelay: 1,
        })
        .catch((error: unknown) => error)
      expect(api.calls.length - before).toBe(tries)
      if (code === 403) expect(result).toBeInstanceOf(ResponseError)
      if (code === 403) expect(await (result as ResponseError).response.text()).toBe('no')
    }
  })

  test('U24 leaves no token in the cache, its keys, its errors or its copy', async () => {
    const { api, queryClient, client, provider, own } = await queryingApp()
    await queryClient.fetchQuery({ queryKey: ['a'], queryFn: protectedQueryFn(client, `${API}/a`) })
    await queryClient.fetchQuery({ ...userInfoQueryOptions(client) })
    api.next(() => new Response(own, { status: 403 }))
    const failing = { queryKey: ['b'], queryFn: protectedQueryFn(client, `${API}/b`) }
    await queryClient.fetchQuery(failing).catch(() => {})
    const everyQuery = { shouldDehydrateQuery: () => true }
    const dumped = JSON.stringify([
      dehydrate(queryClient, everyQuery),
      queryClient
        .getQueryCache()
        .getAll()
        .map(({ state }) => [state, Object.entries(state.error ?? {})]),
    ])
    expect(dumped).toContain('user-1')
    for (const secret of provider.secrets) expect(dumped).not.toContain(secret)
  })
})

import { act, cleanup } from '@testing-library/react'
import {
  dehydrate,
  HydrationBoundary,
  QueryClient,
  useQuery,
  useSuspenseInfiniteQuery,
  useSuspenseQuery,
} from '@tanstack/react-query'
import { SignedIn } from 'evertoken'
import { protectedQueryFn } from 'evertoken/query'
import { Suspense } from 'react'
import { afterEach, describe, expect, test } from 'vitest'
import { API } from '../client/fetch/setup.ts'
import { queryApp, settle, text, type Named } from './query-setup.tsx'

afterEach(cleanup)

type App = Awaited<ReturnType<typeof queryApp>>

const suspended = (app: App) => {
  const queryFn = protectedQueryFn<Named>(app.on.client, `${API}/orders`)
  return function Orders() {
    return app.useSeen(useSuspenseQuery({ queryKey: ['orders'], queryFn }).data.of)
  }
}

const suspendedPages = (app: App) => {
  const queryFn = protectedQueryFn<Named, number>(
    app.on.client,
    ({ pageParam }) => `${API}/pages/${pageParam}`,
  )
  return function Pages() {
    const { data } = useSuspenseInfiniteQuery({
      queryKey: ['pages'],
      queryFn,
      initialPageParam: 0,
      getNextPageParam: (_page, pages) => pages.length,
    })
    return app.useSeen(data.pages.at(-1)?.of)
  }
}

describe.each([
  ['a suspense query', suspended],
  ['an infinite suspense query', suspendedPages],
])('U15 %s', (_, component) => {
  test.each([false, true])(
    'shows the next user their own data, and never those of before (StrictMode: %s)',
    async (isStrict) => {
      const app = await queryApp()
      const Orders = component(app)
      app.render(
        <Suspense fallback={<i>…</i>}>
          <Orders />
        </Suspense>,
        isStrict,
      )
      await settle(app.on)
      expect(text()).toBe('user-1')
      await app.changeUser()
      expect(text()).toBe('user-2')
      expect(app.foreign()).toEqual([])
    },
  )

  test('goes with a sign-out from below <SignedIn>', async () => {
    const app = await queryApp()
    const Orders = component(app)
    const { container } = app.render(
      <SignedIn>
        <Suspense fallback={<i>…</i>}>
          <Orders />
        </Suspense>
      </SignedIn>,
    )
    await settle(app.on)
    expect(text()).toBe('user-1')
    await act(() => app.on.client.signOut({ provider: false }))
    await settle(app.on)
    expect(container.textContent).toBe('')
    expect(app.foreign()).toEqual([])
  })
})

describe('U15 a <HydrationBoundary>', () => {
  async function rendered(wrap: (children: React.ReactNode) => React.ReactNode, strict: boolean) {
    const app = await queryApp()
    const server = new QueryClient()
    server.setQueryData(['orders'], { of: 'user-1' })
    const state = structuredClone(dehydrate(server))
    const queryFn = protectedQueryFn<Named>(app.on.client, `${API}/orders`)
    function Orders() {
      const { data } = useQuery({ queryKey: ['orders'], queryFn, staleTime: 1e6 })
      return app.useSeen(data?.of)
    }
    app.render(
      wrap(
        <HydrationBoundary state={state}>
          <Orders />
        </HydrationBoundary>,
      ),
      strict,
    )
    await settle(app.on)
    return app
  }

  test.each([
    ['that stays mounted', false, (children: React.ReactNode) => children],
    ['that stays mounted, in StrictMode', true, (children: React.ReactNode) => children],
    ['that is mounted anew', false, (children: React.ReactNode) => <SignedIn>{children}</SignedIn>],
    [
      'that is mounted anew, in StrictMode',
      true,
      (children: React.ReactNode) => <SignedIn>{children}</SignedIn>,
    ],
  ])('%s brings the user’s data, and none of them to the next one', async (_, strict, wrap) => {
    const app = await rendered(wrap, strict)
    expect(text()).toBe('user-1')
    expect(app.api.calls).toEqual([])
    await app.changeUser()
    expect(text()).toBe('user-2')
    expect(app.foreign()).toEqual([])
  })
})

test.each([false, true])(
  'U15 below <SignedIn> also a part that is given data by another one has none of the user before (StrictMode: %s)',
  async (isStrict) => {
    const app = await queryApp()
    const queryFn = protectedQueryFn<Named>(app.on.client, `${API}/orders`)
    function Orders() {
      return <app.Seen of={useQuery({ queryKey: ['orders'], queryFn }).data?.of} />
    }
    const tree = (
      <SignedIn>
        <Orders />
      </SignedIn>
    )
    app.render(tree, isStrict)
    await settle(app.on)
    expect(text()).toBe('user-1')
    await app.changeUser()
    expect(text()).toBe('user-2')
    expect(app.foreign()).toEqual([])
  },
)

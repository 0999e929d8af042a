import { act, cleanup, screen } from '@testing-library/react'
import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query'
import { AuthProvider, useUser } from 'evertoken'
import { AuthQueryBinding, protectedQueryFn } from 'evertoken/query'
import { StrictMode } from 'react'
import { afterEach, describe, expect, test } from 'vitest'
import { API, TestApi } from '../client/fetch/setup.ts'
import { pass, show, signedIn, signInElsewhere, type Here } from './setup.tsx'

afterEach(cleanup)

/** What was shown of the cache, and beside which user. */
const shown: { of: string | undefined; to: string | undefined }[] = []

function Orders({ on }: { on: Here }) {
  const user = useUser() as { sub: string } | undefined
  const orders = useQuery({
    queryKey: ['orders'],
    queryFn: protectedQueryFn<{ of: string }>(on.client, `${API}/orders`),
  })
  shown.push({ of: orders.data?.of, to: user?.sub })
  return <b>{orders.data?.of ?? orders.status}</b>
}

async function start(isStrict: boolean) {
  shown.length = 0
  const on = await signedIn({ protectedResources: [API] })
  const api = new TestApi(on.world)
  api.answer = ({ authorization }) => {
    const token = authorization?.slice('Bearer '.length) ?? ''
    return Response.json({ of: on.provider.accessTokens.get(token)?.subject })
  }
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const tree = (
    <QueryClientProvider client={queryClient}>
      <AuthProvider client={on.client}>
        <AuthQueryBinding />
        <Orders on={on} />
      </AuthProvider>
    </QueryClientProvider>
  )
  const view = show(isStrict ? <StrictMode>{tree}</StrictMode> : tree)
  await settle(on)
  return { on, queryClient, view }
}

/** TanStack Query tells its observers in a task of its own. */
async function settle(on: Here): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await pass(on.world)
    await act(async () => await new Promise((resolve) => setTimeout(resolve, 0)))
  }
}

const text = () => screen.getByText(/./).textContent
const foreign = () => shown.filter(({ of, to }) => of !== undefined && of !== to)

describe.each([false, true])('<AuthQueryBinding> (StrictMode: %s)', (isStrict) => {
  test('U15 shows the data of the user, and nothing of them beside another one', async () => {
    const { on } = await start(isStrict)
    expect(text()).toBe('user-1')
    on.provider.options.subject = 'user-2'
    await signInElsewhere(on)
    await settle(on)
    expect(text()).toBe('user-2')
    expect(foreign()).toEqual([])
  })

  test('U15 leaves nothing of the user in the cache after a sign-out', async () => {
    const { on, queryClient } = await start(isStrict)
    await act(() => on.client.signOut({ provider: false }))
    await settle(on)
    expect(
      JSON.stringify(
        queryClient
          .getQueryCache()
          .getAll()
          .map((q) => q.state.data),
      ),
    ).not.toContain('user-1')
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
})

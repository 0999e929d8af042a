import { cleanup } from '@testing-library/react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { ReactQueryDevtools } from '@tanstack/react-query-devtools/production'
import { protectedMutationFn, protectedQueryFn, userInfoQueryOptions } from 'evertoken/query'
import { useEffect } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { API } from '../client/fetch/setup.ts'
import { queryApp, settle, type Named } from './query-setup.tsx'
import { eventually } from '../support/eventually.ts'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

test('U24 TanStack’s own devtools show the cache, and no token in it', async () => {
  // The list renders the rows that there is room for.
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(500)
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(500)
  // What the list highlights of what a user typed; not in this DOM.
  vi.stubGlobal('Highlight', Set)
  vi.stubGlobal('CSS', { highlights: new Map(), supports: () => false })
  const app = await queryApp()
  const { client } = app.on
  const secret = await client.getAccessToken()
  const queryFn = protectedQueryFn<Named>(client, `${API}/orders`)
  const mutationFn = protectedMutationFn(client, (body: string) => [
    `${API}/name`,
    { method: 'PUT', body },
  ])
  function Orders() {
    useQuery(userInfoQueryOptions(client))
    const { mutate } = useMutation({ mutationKey: ['name'], mutationFn })
    useEffect(() => mutate('a name'), [mutate])
    return app.useSeen(useQuery({ queryKey: ['orders'], queryFn }).data?.of)
  }
  app.render(
    <>
      <Orders />
      <ReactQueryDevtools initialIsOpen />
    </>,
  )
  await settle(app.on)
  await eventually(async () => {
    await settle(app.on)
    expect(document.body.innerHTML).toContain('["orders"]')
  })
  const rows = [...document.querySelectorAll<HTMLElement>('.tsqd-query-row')]
  const seen: string[] = []
  for (const row of rows) {
    row.click()
    await settle(app.on)
    for (const closed of document.querySelectorAll<HTMLElement>('[aria-expanded="false"]')) {
      if (closed.closest('.tsqd-query-details-explorer-container')) closed.click()
    }
    await settle(app.on)
    seen.push(document.body.innerHTML)
  }
  expect(rows).toHaveLength(2)
  expect(seen.join()).toContain('user-1')
  for (const one of [secret, ...app.on.provider.secrets]) expect(seen.join()).not.toContain(one)
})

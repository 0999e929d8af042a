import { act, screen } from '@testing-library/react'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { AuthProvider, useUser } from 'evertoken'
import { AuthQueryBinding } from 'evertoken/query'
import { StrictMode, type ReactNode } from 'react'
import { API, TestApi } from '../client/fetch/setup.ts'
import { pass, show, signedIn, signInElsewhere, type Here } from './setup.tsx'

export type Shown = { of: string | undefined; to: string | undefined }[]
export type Named = { of: string }

/** A signed-in app whose resource answers with the user's name, and what is rendered of its answers beside which user. */
export async function queryApp() {
  const on = await signedIn({ protectedResources: [API] })
  const api = new TestApi(on.world)
  api.answer = ({ authorization }) => {
    const token = authorization?.slice('Bearer '.length) ?? ''
    return Response.json({ of: on.provider.accessTokens.get(token)?.subject })
  }
  const queryClient = new QueryClient()
  const shown: Shown = []
  /** For the component that asks: it renders by itself what is true at that time. */
  function useSeen(of: string | undefined) {
    const user = useUser() as { sub: string } | undefined
    shown.push({ of, to: user?.sub })
    return <b>{of ?? 'nothing'}</b>
  }
  /** For a part that is given what another component asked for: it may hear of a user before that one does. */
  const Seen = ({ of }: { of: string | undefined }) => useSeen(of)
  const render = (children: ReactNode, isStrict = false) => {
    const tree = (
      <QueryClientProvider client={queryClient}>
        <AuthProvider client={on.client}>
          <AuthQueryBinding />
          {children}
        </AuthProvider>
      </QueryClientProvider>
    )
    return show(isStrict ? <StrictMode>{tree}</StrictMode> : tree)
  }
  const changeUser = async () => {
    on.provider.options.subject = 'user-2'
    await signInElsewhere(on)
    await settle(on)
  }
  const foreign = () => shown.filter(({ of, to }) => of !== undefined && of !== to)
  return { on, api, queryClient, useSeen, Seen, shown, render, changeUser, foreign }
}

/** TanStack Query tells its observers in a task of its own. */
export async function settle(on: Here): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await pass(on.world)
    await act(async () => await new Promise((resolve) => setTimeout(resolve, 0)))
  }
}

export const text = () => screen.getByText(/./).textContent

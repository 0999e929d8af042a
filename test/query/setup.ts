import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { bindQueryClient, protectedQueryFn } from 'evertoken/query'
import { status } from '../../src/testing/provider/behaviours.ts'
import { API, callingApp } from '../client/fetch/setup.ts'

/** A signed-in app whose resource answers with the user's name, its cache, and what observers show. */
export async function queryingApp(...given: Parameters<typeof callingApp>) {
  const app = await callingApp(...given)
  const { api, client, provider, world, on, options } = app
  api.answer = ({ authorization }) => {
    const token = authorization?.slice('Bearer '.length) ?? ''
    return Response.json({ of: provider.accessTokens.get(token)?.subject })
  }
  const queryClient = new QueryClient()
  const unbind = bindQueryClient(client, queryClient)
  /** What was shown, and to which user the session belonged then. */
  const shown: { of: string | undefined; to: string | undefined }[] = []
  const look = (data: unknown) => {
    const { of } = JSON.parse(
      JSON.stringify(data ?? {}).match(/\{"of":"[^"]+"\}/)?.[0] ?? '{}',
    ) as { of?: string }
    shown.push({ of, to: (client.getSession() as { subject?: string }).subject })
  }
  const observe = (key: string, more: object = {}) => {
    const observer = new QueryObserver(queryClient, {
      queryKey: [key],
      queryFn: protectedQueryFn(client, `${API}/${key}`),
      ...more,
    })
    observer.subscribe(({ data }) => look(data))
    // As a component does that renders with the session.
    client.subscribe(() => look(observer.getCurrentResult().data))
    return observer
  }
  async function changeUser() {
    provider.options.subject = 'user-2'
    const other = await on.signIn(on.open(options), options)
    await world.until(() => (client.getSession() as { subject?: string }).subject === 'user-2')
    return other
  }
  async function signOut() {
    const out = client.signOut({ provider: false })
    await world.settle()
    await out
  }
  const foreign = () => shown.filter(({ of, to }) => of !== undefined && of !== to)
  return { ...app, queryClient, unbind, observe, shown, foreign, changeUser, signOut }
}

export const everything = (queryClient: QueryClient) =>
  JSON.stringify(
    queryClient
      .getQueryCache()
      .getAll()
      .map(({ state }) => state),
  )

/** The provider ends the session, and the page learns of it. */
export async function expire({ client, provider, world }: Awaited<ReturnType<typeof queryingApp>>) {
  provider.next('token', status(400, {}, '{"error":"invalid_grant"}'))
  client.getAccessToken({ forceRefresh: true }).catch(() => {})
  await world.until(() => client.getSession().status === 'expired')
}

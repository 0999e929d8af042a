import type { Query, QueryClient } from '@tanstack/react-query'
import { subjectOf, type AuthClient } from '../core.ts'
import { retryUnlessRefused } from './retry.ts'

/** Something that keeps a copy of the cache: TanStack's own persisters are. */
export interface CacheCopy {
  removeClient(): unknown
}

export interface BindOptions {
  /** Whose data are in the cache already, by `sub`: what a server rendered. Default: whom the client shows. */
  subject?: string | undefined
  /** Copies that go with the cache. */
  persisters?: readonly CacheCopy[] | undefined
  /** What becomes of the cache when the session expires. Default 'keep': it stays until another user signs in. */
  onExpired?: 'keep' | 'clear' | undefined
}

/**
 * The cache belongs to the user whom the session shows. With a sign-out or another user it is emptied, what is on its way
 * is dropped, and copies are removed: before a component hears of the session. A refresh touches nothing.
 * @returns what ends it
 * @example const unbind = bindQueryClient(auth, queryClient)
 */
export function bindQueryClient<User>(
  auth: AuthClient<User>,
  queryClient: QueryClient,
  options: BindOptions = {},
): () => void {
  const { persisters = [], onExpired = 'keep' } = options
  const session = auth.getSession()
  let subject = options.subject ?? subjectOf(session)

  function follow(): void {
    const session = auth.getSession()
    // Until the vault has spoken the cache is whose a server said.
    if (session.status === 'restoring') return
    const isOver = session.status === 'expired' && onExpired === 'clear'
    const next = isOver ? undefined : subjectOf(session)
    if (next === subject) return
    const hadUser = subject !== undefined
    subject = next
    if (hadUser) {
      emptyCache(queryClient)
      for (const persister of persisters) void removeCopy(persister)
    }
    // What was asked for while no user was signed in, and came to nothing.
    if (next !== undefined) {
      void queryClient.invalidateQueries({ predicate: ({ state }) => state.data === undefined })
    }
  }

  queryClient.setDefaultOptions(withRetry(queryClient.getDefaultOptions()))
  const unbind = auth.observe(({ type }) => {
    if (type === 'transition') follow()
  })
  follow()
  return unbind
}

/** Observers that are mounted hold what they showed last: their queries are reset, all others removed. */
function emptyCache(queryClient: QueryClient): void {
  const mutations = queryClient.getMutationCache()
  for (const mutation of mutations.getAll()) {
    // It cannot be cancelled: no retry of it is sent as the next user, and none of its callbacks writes to their cache.
    mutation.setOptions({ mutationFn: discarded, retry: false })
  }
  mutations.clear()
  const queries = queryClient.getQueryCache()
  for (const query of queries.getAll()) {
    forget(query)
    if (query.getObserversCount() === 0) queries.remove(query)
  }
}

function forget(query: Query): void {
  // An observer that shows placeholder data shows them until its query was something else than pending.
  query.setState({ data: undefined, status: 'error', error: null })
  // Cancels what is on its way: its answer is dropped.
  query.reset()
}

function discarded(): Promise<never> {
  return Promise.reject(new Error('The user of this mutation is not signed in any more.'))
}

async function removeCopy(persister: CacheCopy): Promise<void> {
  try {
    await persister.removeClient()
  } catch {
    // A storage that refuses keeps nothing that `sessionPersister` would restore for another user.
  }
}

/** An application's own rule is left as it is. */
function withRetry(defaults: ReturnType<QueryClient['getDefaultOptions']>) {
  return { ...defaults, queries: { retry: retryUnlessRefused(), ...defaults.queries } }
}

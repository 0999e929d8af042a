import type { QueryClient } from '@tanstack/react-query'
import { subjectOf, type AuthClient } from '../core.ts'
import { CacheOwnership } from './cache-ownership.ts'
import { emptyCache } from './empty-cache.ts'
import { retryUnlessRefusedByDefault } from './retry.ts'

/** Something that keeps a copy of the cache: TanStack's own persisters are. */
export interface CacheCopy {
  removeClient(): unknown
}

/** How a QueryClient is tied to the session. */
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
  const ownership = CacheOwnership.of(queryClient)
  let subject = ownership.begin(options.subject ?? subjectOf(auth.getSession()))

  function follow(): void {
    const session = auth.getSession()
    // Until the vault has spoken the cache is whose a server said.
    if (session.status === 'restoring') return
    const isOver = session.status === 'expired' && onExpired === 'clear'
    const next = isOver ? undefined : subjectOf(session)
    if (next === subject) return
    const hadUser = subject !== undefined
    subject = next
    ownership.subject = next
    if (hadUser) {
      emptyCache(queryClient, ownership.mutationObservers)
      for (const persister of persisters) void removeCopy(persister)
    }
    // What was asked for while no user was signed in, and came to nothing.
    if (next !== undefined) {
      void queryClient.invalidateQueries({ predicate: ({ state }) => state.data === undefined })
    }
  }

  retryUnlessRefusedByDefault(queryClient)
  const endings = [
    ownership.watch(queryClient),
    auth.observe(({ type }) => {
      if (type === 'transition') follow()
    }),
  ]
  follow()
  return () => {
    for (const end of endings) end()
  }
}

async function removeCopy(persister: CacheCopy): Promise<void> {
  try {
    await persister.removeClient()
  } catch {
    // A storage that refuses keeps nothing that `sessionPersister` would restore for another user.
  }
}

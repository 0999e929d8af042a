import { onlineManager, type Mutation, type Query, type QueryClient } from '@tanstack/react-query'

type State = Query['state']

/** A query without data. Its own `reset` would bring back what it was made with: another user's, perhaps. */
const NO_DATA = {
  data: undefined,
  dataUpdatedAt: 0,
  error: null,
  fetchFailureReason: null,
  isInvalidated: false,
  status: 'pending',
} satisfies Partial<State>

/** Observers that are mounted hold what they showed last: their queries lose their data, all others are removed. */
export function emptyCache(
  queryClient: QueryClient,
  mutationObservers: Set<{ reset(): void }>,
): void {
  discardMutations(queryClient)
  for (const observer of mutationObservers) observer.reset()
  const queries = queryClient.getQueryCache()
  for (const query of queries.getAll()) {
    // An observer that shows placeholder data shows them until its query was something else than pending.
    query.setState({ data: undefined, status: 'error', error: null })
    // Its answer is dropped.
    void query.cancel({ silent: true })
    query.setState({ ...NO_DATA, fetchStatus: 'idle' })
    if (query.getObserversCount() === 0) queries.remove(query)
  }
}

/** What is on its way goes on. */
export function forgetData(query: Query): void {
  query.setState(NO_DATA)
}

function discardMutations(queryClient: QueryClient): void {
  const cache = queryClient.getMutationCache()
  const mutations = cache.getAll()
  for (const mutation of mutations) {
    // It cannot be cancelled: no retry of it is sent as the next user, and none of its callbacks writes to their cache.
    mutation.setOptions({ mutationFn: discarded })
  }
  const paused = mutations.filter(({ state }) => state.isPaused)
  cache.clear()
  endPaused(paused)
}

/** Who waits for a mutation that was paused hears that it is discarded: at once, or when the network is back. */
function endPaused(mutations: readonly Mutation[]): void {
  if (mutations.length === 0) return
  const end = () => {
    for (const mutation of mutations) mutation.continue().catch(() => {})
  }
  if (onlineManager.isOnline()) return end()
  const unsubscribe = onlineManager.subscribe(() => {
    unsubscribe()
    end()
  })
}

function discarded(): Promise<never> {
  return Promise.reject(new Error('The user of this mutation is not signed in any more.'))
}

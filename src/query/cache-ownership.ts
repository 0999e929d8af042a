import type { MutationObserver, Query, QueryClient } from '@tanstack/react-query'
import { forgetData } from './empty-cache.ts'

type AnyMutationObserver = Pick<MutationObserver, 'reset'>

const known = new WeakMap<QueryClient, CacheOwnership>()

/** Whose data a cache holds. It outlives each binding: a component that is mounted again goes on where it was. */
export class CacheOwnership {
  /** By `sub`. */
  subject: string | undefined
  /** What shows mutations: TanStack Query has no list of them. */
  readonly mutationObservers = new Set<AnyMutationObserver>()
  /** For whom data came in ready-made, from a server or a copy. */
  readonly #hydratedFor = new WeakMap<object, string>()
  #hasBegun = false

  static of(queryClient: QueryClient): CacheOwnership {
    let ownership = known.get(queryClient)
    if (!ownership) known.set(queryClient, (ownership = new CacheOwnership()))
    return ownership
  }

  /** @param subject whose the cache is, where no binding of before knows @returns whose it is */
  begin(subject: string | undefined): string | undefined {
    if (!this.#hasBegun) this.subject = subject
    this.#hasBegun = true
    return this.subject
  }

  /** @returns what ends it */
  watch(queryClient: QueryClient): () => void {
    const queries = queryClient.getQueryCache()
    for (const query of queries.getAll()) this.#checkHydrated(query)
    const endings = [
      queries.subscribe((event) => {
        const isSet = event.type === 'updated' && event.action.type === 'setState'
        if (event.type === 'added' || isSet) this.#checkHydrated(event.query)
      }),
      queryClient.getMutationCache().subscribe((event) => {
        if (event.type === 'observerAdded') this.mutationObservers.add(event.observer)
        if (event.type === 'observerRemoved') this.mutationObservers.delete(event.observer)
      }),
    ]
    return () => {
      for (const end of endings) end()
    }
  }

  /** A `<HydrationBoundary>` that the next user's tree mounts anew brings what the server rendered for the one before. */
  #checkHydrated(query: Query): void {
    const { data } = query.state
    // What an application gives a query by itself it gives to every user.
    if (typeof data !== 'object' || data === null || query.options.initialData !== undefined) return
    const owner = this.#hydratedFor.get(data)
    if (owner === undefined) {
      if (this.subject !== undefined) this.#hydratedFor.set(data, this.subject)
    } else if (owner !== this.subject) forgetData(query)
  }
}

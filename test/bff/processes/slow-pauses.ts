import type { SessionStore } from '../../../src/bff/sessions/session-store.ts'

const isPause = (name: string): boolean => name.startsWith('pause:')

/**
 * Redis times cool-downs by its own clock, which goes on while those of the processes stand still: a test of cool-downs has
 * them pass more slowly, or it would see them end on a busy machine. @param slowness 1 leaves them as they are
 */
export function slowPauses(store: SessionStore, slowness: number): SessionStore {
  const [mark, taken] = [store.mark.bind(store), store.taken.bind(store)]
  return Object.assign(store, {
    mark: (name: string, ms: number) => mark(name, isPause(name) ? ms * slowness : ms),
    taken: async (name: string) =>
      isPause(name) ? Math.ceil((await taken(name)) / slowness) : await taken(name),
  })
}

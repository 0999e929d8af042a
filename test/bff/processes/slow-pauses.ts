import type { SessionStore } from '../../../src/bff/sessions/session-store.ts'

/** So much slower do cool-downs pass in Redis than in the processes, whose clocks stand still until they are moved. */
export const SLOWNESS = 1000

const isPause = (name: string): boolean => name.startsWith('pause:')

/** Redis times cool-downs by its own clock, which goes on: a busy machine would see them end. */
export function slowPauses(store: SessionStore): SessionStore {
  const [mark, taken] = [store.mark.bind(store), store.taken.bind(store)]
  return Object.assign(store, {
    mark: (name: string, ms: number) => mark(name, isPause(name) ? ms * SLOWNESS : ms),
    taken: async (name: string) =>
      isPause(name) ? Math.ceil((await taken(name)) / SLOWNESS) : await taken(name),
  })
}

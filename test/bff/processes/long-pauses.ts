import type { SessionStore } from '../../../src/bff/sessions/session-store.ts'

/**
 * So many times as long a cool-down lasts, because Redis times it, whose clock nobody moves: it is over when the clocks of a
 * deployment are moved, and not because a machine is slow.
 */
export const STRETCH = 30

/** What the names of cool-downs begin with. */
export const PAUSE = 'pause:'

/** A store whose cool-downs are stretched, and say nothing of it. */
export function withLongPauses(store: SessionStore): SessionStore {
  const stretch = (name: string): number => (name.startsWith(PAUSE) ? STRETCH : 1)
  return new Proxy(store, {
    get(target, key: keyof SessionStore) {
      if (key === 'mark') {
        return async (name: string, ms: number) => await target.mark(name, ms * stretch(name))
      }
      if (key === 'taken') {
        return async (name: string) => Math.ceil((await target.taken(name)) / stretch(name))
      }
      const method: unknown = target[key]
      return typeof method === 'function' ? (method.bind(target) as unknown) : method
    },
  })
}

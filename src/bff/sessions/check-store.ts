import type { SessionStore } from './session-store.ts'

const METHODS: Record<Exclude<keyof SessionStore, 'sweep'>, true> = {
  create: true,
  get: true,
  replace: true,
  touch: true,
  delete: true,
  deleteBy: true,
  lease: true,
  renew: true,
  release: true,
  once: true,
  mark: true,
  taken: true,
}

/**
 * A store that lacks a method, as one that was written for an older contract, would fail at the first sign-out only.
 * @throws TypeError that names the option
 */
export function assertStore(option: string, store: unknown): asserts store is SessionStore {
  const given = Object(store) as Record<string, unknown>
  const missing = Object.keys(METHODS).find((name) => typeof given[name] !== 'function')
  if (missing === undefined) return
  throw new TypeError(
    `${option} must be a session store, as of evertoken/bff/redis: it has no ${missing}()`,
  )
}

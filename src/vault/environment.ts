import type { Instant } from '../renewal/lifetime.ts'
import { attempt } from './attempt.ts'

/** Everything a vault takes from the thread it runs in. */
export interface VaultEnvironment {
  fetch(url: string, init: RequestInit): Promise<Response>
  /** ms since 1970, as the device says. */
  now(): number
  /** ms, never going back; may stop while the device sleeps. */
  monotonic(): number
  random(): number
  deadline(ms: number): AbortSignal
  /** @returns cancel */
  timer(callback: () => void, ms: number): () => void
  /** A BroadcastChannel; undefined where there is none. */
  channel(name: string): Channel | undefined
  /** Web Locks; undefined where there are none. */
  locks: Pick<LockManager, 'request'> | undefined
}

export interface Channel {
  post(message: unknown): void
  listen(listener: (message: unknown) => void): void
  close(): void
}

export function instant(env: Pick<VaultEnvironment, 'now' | 'monotonic'>): Instant {
  return { wall: env.now(), mono: env.monotonic() }
}

/**
 * The globals of the thread a vault runs in, worker or page: named here and nowhere else in the vault. What an
 * application may put another in the place of is taken once, when this module runs: a wrapped `fetch` that asks for an
 * access token would have the vault wait for itself, and would see the refresh token.
 */
const { fetch, setTimeout, clearTimeout, BroadcastChannel } = globalThis
const { locks } = (globalThis.navigator ?? {}) as Partial<Navigator>
const deadline = AbortSignal.timeout.bind(AbortSignal)

export const threadEnvironment: VaultEnvironment = {
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  deadline,
  timer(callback, ms) {
    const id = setTimeout(callback, ms)
    return () => clearTimeout(id)
  },
  channel(name) {
    // The browser may have none, or not allow this page one.
    const channel = attempt(() => new BroadcastChannel(name))
    return (
      channel && {
        post: (message) => channel.postMessage(message),
        listen: (listener) => channel.addEventListener('message', ({ data }) => listener(data)),
        close: () => channel.close(),
      }
    )
  },
  locks,
}

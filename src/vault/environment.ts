import type { VaultEnvironment } from './types.ts'

/** The globals of the thread a vault runs in, worker or page: named here and nowhere else in the vault. */
export const threadEnvironment: VaultEnvironment = {
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  deadline: (ms) => AbortSignal.timeout(ms),
  timer(callback, ms) {
    const id = setTimeout(callback, ms)
    return () => clearTimeout(id)
  },
  channel(name) {
    try {
      const channel = new BroadcastChannel(name)
      return {
        post: (message) => channel.postMessage(message),
        listen: (listener) => channel.addEventListener('message', ({ data }) => listener(data)),
        close: () => channel.close(),
      }
    } catch {
      // There is none, or this page may not have one.
      return undefined
    }
  },
  get locks() {
    return navigator.locks as LockManager | undefined
  },
}

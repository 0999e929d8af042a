import { VaultHost } from './host.ts'
import type { VaultEnvironment } from './types.ts'

/** The worker's globals, named here and nowhere else in the vault. */
const scope = globalThis as unknown as {
  onconnect: ((event: MessageEvent) => void) | null
}

const environment: VaultEnvironment = {
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
    if (typeof BroadcastChannel === 'undefined') return undefined
    const channel = new BroadcastChannel(name)
    return {
      post: (message) => channel.postMessage(message),
      listen: (listener) => channel.addEventListener('message', ({ data }) => listener(data)),
      close: () => channel.close(),
    }
  },
  locks: undefined,
}

const host = new VaultHost(environment)

scope.onconnect = ({ ports: [port] }) => {
  if (!port) return
  const { receive, leave } = host.connect(port)
  port.addEventListener('message', ({ data }) => receive(data))
  // Chromium tells when the page at the other end is gone; elsewhere its own `leave` must do.
  port.addEventListener('close', leave)
  port.start()
}

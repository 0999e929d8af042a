/** What the backend takes from the runtime it stands on: Node, Bun, Deno or an edge. Tests give their own. */
export interface BffEnvironment {
  fetch(url: string, init: RequestInit): Promise<Response>
  /** ms since 1970. */
  now(): number
  /** ms, never going back: what a duration is measured by. */
  monotonic(): number
  /** 0 to 1; for jitter, never for secrets. */
  random(): number
  /** A signal that aborts with a `TimeoutError` after so many milliseconds. */
  deadline(ms: number): AbortSignal
  /** @returns cancel */
  timer(callback: () => void, ms: number): () => void
  /** Whether NODE_ENV says so; a runtime that has no such thing is taken for development. */
  readonly isProduction: boolean
}

interface NodeProcess {
  env?: { NODE_ENV?: string }
  versions?: Record<string, string | undefined>
  /** Since Node 20.16. */
  getBuiltinModule?(name: string): unknown
}

const { process } = globalThis as { process?: NodeProcess }

/** The runtime's own: the one file of the backend that names globals. */
export const runtimeEnvironment: BffEnvironment = {
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  deadline: (ms) => AbortSignal.timeout(ms),
  timer(callback, ms) {
    const id = setTimeout(callback, ms)
    return () => clearTimeout(id)
  },
  get isProduction() {
    return process?.env?.NODE_ENV === 'production'
  },
}

/**
 * A module of Node's own.
 * @returns undefined where this is not Node: what stands in for its `http` elsewhere is made of `fetch`
 */
export function findNodeModule(name: string): unknown {
  const isNode = !process?.versions?.['bun'] && !process?.versions?.['deno']
  return isNode ? process?.getBuiltinModule?.(`node:${name}`) : undefined
}

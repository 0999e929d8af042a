import { useSyncExternalStore } from 'react'
import { auth } from './auth.ts'
import { callApi } from './calls.ts'
import { real } from './device.ts'
import { backend } from './place.ts'

/** The result of a call that an app made right after something went wrong. */
export type Probe = { ms: number; code?: string }

/** One thing the visitor did, and the time in which events are taken for its effects. */
export interface Experiment {
  startedAt: number
  /** When the next experiment began. */
  endedAt?: number
  probe?: Probe
}

let experiments: Readonly<Record<string, Experiment>> = {}
const listeners = new Set<() => void>()

function set(id: string, more: Partial<Experiment>): void {
  experiments = { ...experiments, [id]: { startedAt: 0, ...experiments[id], ...more } }
  for (const listener of listeners) listener()
}

/** How long after the fault the app calls its API (ms). */
const PROBE_AFTER = 150

export async function experiment(id: string, run: () => Promise<unknown>): Promise<void> {
  const startedAt = Date.now()
  for (const [other, { endedAt }] of Object.entries(experiments)) {
    if (other !== id && endedAt === undefined) set(other, { endedAt: startedAt })
  }
  const { [id]: _, ...others } = experiments
  experiments = others
  set(id, { startedAt })
  await run()
  if (auth.getSession().status !== 'signed-in') return
  real.setTimeout(() => void probe(id, startedAt), PROBE_AFTER)
}

async function probe(id: string, startedAt: number): Promise<void> {
  const began = performance.now()
  const code = backend ? await callApi() : await askForToken()
  if (experiments[id]?.startedAt !== startedAt) return
  set(id, { probe: { ms: Math.round(performance.now() - began), ...(code && { code }) } })
}

const askForToken = () =>
  auth.getAccessToken().then(
    () => undefined,
    (error: { code?: string }) => error.code ?? 'unknown',
  )

export function useExperiment(id: string): Experiment | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => experiments[id],
  )
}

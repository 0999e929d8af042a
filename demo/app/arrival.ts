import { useSyncExternalStore } from 'react'
import { auth } from './auth.ts'

export interface Arrival {
  status: string
  /** Time since the client was first asked, ms. */
  ms: number
  at: number
  how: 'reload' | 'page'
}

let arrival: Arrival | undefined
const listeners = new Set<() => void>()

const began = performance.now()
const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
const how = navigation?.type === 'reload' ? 'reload' : 'page'

/** Asks the client once, when the page's code has loaded. */
void auth.whenSettled().then(({ status }) => {
  arrival = { status, how, at: Date.now(), ms: Math.round(performance.now() - began) }
  for (const listener of listeners) listener()
})

export function useArrival(): Arrival | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => arrival,
  )
}

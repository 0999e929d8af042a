import { useSyncExternalStore } from 'react'
import { auth } from './auth.ts'
import { real } from './device.ts'

/** One call of a protected resource, as an app makes it. */
export interface ApiCall {
  id: number
  /** What came back: a status, or the code of what failed. */
  outcome: string
  isGood: boolean
  ms: number
}

const KEPT = 8
const EVERY_MS = 1000

let calls: readonly ApiCall[] = []
let timer: number | undefined
const listeners = new Set<() => void>()

function tell(more: readonly ApiCall[] = calls): void {
  calls = more
  for (const listener of listeners) listener()
}

/** @returns the code of what failed, or nothing */
export async function callApi(): Promise<string | undefined> {
  const began = performance.now()
  const done = (outcome: string, isGood: boolean) => {
    const ms = Math.round(performance.now() - began)
    tell([...calls, { id: (calls.at(-1)?.id ?? 0) + 1, outcome, isGood, ms }].slice(-KEPT))
  }
  try {
    const { status } = await auth.fetch(`${window.demo.api}/notes`)
    done(String(status), status < 400)
    return status < 400 ? undefined : String(status)
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    done(code, false)
    return code
  }
}

/** Whether the app calls its API every second, as one that polls. */
export const isPolling = () => timer !== undefined

export function poll(on: boolean): void {
  clearInterval(timer)
  timer = on ? real.setInterval(() => void callApi(), EVERY_MS) : undefined
  tell()
}

export const useCalls = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => calls,
  )

export const usePolling = () =>
  useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }, isPolling)

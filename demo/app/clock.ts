import { useSyncExternalStore } from 'react'

let now = Date.now()
const listeners = new Set<() => void>()
let frame: ReturnType<typeof setInterval> | undefined

/** The time, a few times a second, for what moves on this page. */
export function useNow(): number {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      frame ??= setInterval(() => {
        now = Date.now()
        for (const each of listeners) each()
      }, 200)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) {
          clearInterval(frame)
          frame = undefined
        }
      }
    },
    () => now,
  )
}

import { useSyncExternalStore } from 'react'
import { getDevice, onDevice, real } from './device.ts'

let now = Date.now()
const listeners = new Set<() => void>()
let running = false

const still = matchMedia('(prefers-reduced-motion: reduce)')

function tick(): void {
  if (listeners.size === 0) {
    running = false
    return
  }
  now = Date.now()
  for (const each of listeners) each()
  real.setTimeout(tick, still.matches ? 1000 : 200)
}

/** Gives the time a few times a second to what moves on this page, also while the tab sleeps. */
export function useNow(): number {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      if (!running) {
        running = true
        tick()
      }
      return () => void listeners.delete(listener)
    },
    () => now,
  )
}

export const useDevice = () => useSyncExternalStore(onDevice, getDevice)

export const clockTime = (at: number) => new Date(at).toLocaleTimeString([], { hour12: false })

/** Writes a time as '41 s' or '4 min 10 s', and in `tenths` where a second is long. */
export function duration(ms: number, tenths = false): string {
  if (tenths && ms < 10_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 100) return `${seconds} s`
  if (seconds >= 36_000) return `${Math.round(seconds / 3600)} h`
  const rest = seconds % 60
  return `${Math.floor(seconds / 60)} min${rest ? ` ${rest} s` : ''}`
}

import type { SignInOptions } from 'evertoken'
import { useSyncExternalStore } from 'react'
import { auth, go } from './auth.ts'

let isPopup = false
const listeners = new Set<() => void>()

export function setPopup(is: boolean): void {
  isPopup = is
  for (const listener of listeners) listener()
}

/** Whether users are asked in a window of its own, while this page stays. */
export const usePopup = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => isPopup,
  )

/** Asks the user as the visitor chose. */
export const signIn = (options: SignInOptions = {}) =>
  go(auth.signIn({ ...options, ...(isPopup && { mode: 'popup' }) }))

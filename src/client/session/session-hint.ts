import type { StringStorage } from '../page/environment.ts'

/**
 * That this device had a session, for `silentSignIn`: set by a sign-in, taken away by a sign-out. The only thing that
 * is left in localStorage, and no secret.
 */
export interface SessionHint {
  exists(): boolean
  set(): void
  clear(): void
}

/** @param prefix of this client's names in storage */
export function createSessionHint(localStorage: StringStorage, prefix: string): SessionHint {
  const name = `${prefix}.session`
  return {
    exists: () => localStorage.get(name) !== null,
    set: () => void localStorage.set(name, '1'),
    clear: () => void localStorage.set(name, null),
  }
}

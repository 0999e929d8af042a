import type { StringStorage } from '../string-storage.ts'

// The page loads this file from the start: where no vault is open, it remembers a sign-out itself.

/** Instead of a sign-in: the user signed out, and nothing was begun or found since. */
export const SIGNED_OUT = ''
/** A sign-out of whichever session there is: the page that it began in could not know. */
export const ANY_SESSION = '1'
/** Begins the mark of a session that was found; the session's name follows. */
const FOUND = '='

/** The mark of the last sign-in: a session that was found, or one that was begun and may still be under way. */
export const signInMark = (name: string): string => `${name}.sign-in`
/** The mark of a sign-out that the backend did not hear of yet: whose, or `ANY_SESSION`. */
export const signOutMark = (name: string): string => `${name}.sign-out`

export const foundMark = (session: string): string => FOUND + session

/** @param session the one that ends, where the caller knows it */
export function rememberSignOut(
  marks: StringStorage,
  name: string,
  session: string | undefined,
): void {
  const last = marks.get(signInMark(name))
  const found = last?.split(FOUND)[1]
  // After a sign-out there is nothing more to end, until a session is known.
  if (session || last !== SIGNED_OUT) marks.set(signOutMark(name), session || found || ANY_SESSION)
  marks.set(signInMark(name), SIGNED_OUT)
}

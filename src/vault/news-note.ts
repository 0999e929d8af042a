import { hash } from './hash.ts'
import type { StringStorage } from './string-storage.ts'

/** What `noteName` names, as it is read. */
export interface NewsNote {
  /** Another one after each sign-out; undefined where none is written down. */
  signOut: string | undefined
  /** Tells the user who signed in since from others, and names none. */
  user: string | undefined
}

export function readNote(storage: StringStorage, name: string): NewsNote {
  const [signOut, user] = storage.get(name)?.split(' ') ?? []
  return { signOut: signOut || undefined, user }
}

export const userMark = (subject: string): string => hash(subject)

/** A user signed in. @param name as `noteName` gives it */
export function noteUser(storage: StringStorage, name: string, subject: string): void {
  const { signOut = '' } = readNote(storage, name)
  storage.set(name, `${signOut} ${userMark(subject)}`)
}

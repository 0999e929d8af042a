import { hash } from './hash.ts'
import type { StringStorage } from './string-storage.ts'

/**
 * What a page writes down for those that stand still: one in the back-forward cache hears no announcement. A random number,
 * another one after each sign-out, and then, after a blank, a hash of who signed in since.
 */
export interface NewsNote {
  /** Another one after each sign-out; undefined where none is written down. */
  signOut: string | undefined
  /** Tells the user who signed in since from others, and names none. */
  user: string | undefined
}

export function readNote(storage: StringStorage, name: string): NewsNote {
  return parseNote(storage.get(name))
}

export function parseNote(text: string | null | undefined): NewsNote {
  const [signOut, user] = text?.split(' ') ?? []
  return { signOut: signOut || undefined, user }
}

export const userMark = (subject: string): string => hash(subject)

/** A user signed in. @param name of the note */
export function noteUser(storage: StringStorage, name: string, subject: string): void {
  const { signOut = '' } = readNote(storage, name)
  storage.set(name, `${signOut} ${userMark(subject)}`)
}

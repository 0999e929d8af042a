import type { StringStorage } from './string-storage.ts'

// The page loads this file from the start: whatever its vault is, and whether that answers, it notes its own sign-out.

/**
 * What pages that stand still look for when they go on: one in the back-forward cache hears no announcement. As with those,
 * it is the news of one client at one provider, and the names never change with a version.
 */
export interface NewsMarks {
  /** Another value after each sign-out. */
  signOut: string
  /** A hash of the `sub` who signed in last: it tells users apart, and names none. */
  user: string
}

/** @param mark of one client at one provider */
export function newsMarks(mark: string): NewsMarks {
  const name = `evertoken.news.${mark}`
  return { signOut: `${name}.sign-out`, user: `${name}.user` }
}

export function noteSignOut(storage: StringStorage, marks: NewsMarks, random: number): void {
  storage.set(marks.signOut, String(random))
  storage.set(marks.user, null)
}

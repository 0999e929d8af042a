import { useState } from 'react'
import { subjectOf, type Session } from '../core.ts'
import type { User } from './auth-context.ts'

/** `''` where a session shows a user and does not say whom: a server's, with a user of a schema's own making. */
export function shownSubject(session: Session<User>): string | undefined {
  return 'user' in session ? (subjectOf(session) ?? '') : undefined
}

/**
 * The key of a guarded tree: another user gets a new tree, another object for the same user does not, and neither does
 * a user whose subject becomes known after the first render.
 */
export function useTreeKey(subject: string | undefined): string | undefined {
  const [tree, setTree] = useState({ subject, key: subject })
  if (tree.subject === subject) return tree.key
  const key = tree.subject === '' ? tree.key : subject
  setTree({ subject, key })
  return key
}

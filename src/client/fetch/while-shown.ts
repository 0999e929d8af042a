import type { SettlingParts } from '../session/signed-in.ts'

/**
 * Runs something for one user: it ends with what the page shows of that user. A session that expires ends nothing, a
 * sign-out and another user do, and an answer that comes later is not handed out.
 * @param run is given what ends it
 * @throws AuthError why that user is not shown any more
 */
export function whileShown<User, T>(
  { machine, tokens }: SettlingParts<User>,
  subject: string,
  run: (ended: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController()
  return new Promise((resolve, reject) => {
    const unsubscribe = machine.listeners.on(() => {
      if (machine.shownSubject === subject) return
      unsubscribe()
      const error = tokens.closedError()
      reject(error)
      ended.abort(error)
    })
    run(ended.signal).finally(unsubscribe).then(resolve, reject)
  })
}

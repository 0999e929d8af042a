import type { EventLog } from '../session/event-log.ts'
import type { SettlingParts } from '../session/signed-in.ts'

export interface ShownUserParts<User> extends SettlingParts<User> {
  log: Pick<EventLog, 'observe'>
}

/**
 * What is done for the user whom the page shows ends with them: calls, and the bodies that are still being read. A session
 * that expires ends nothing, a sign-out and another user do.
 */
export class ShownUser<User> {
  readonly #parts: ShownUserParts<User>
  #subject: string | undefined
  #ended = new AbortController()

  constructor(parts: ShownUserParts<User>) {
    this.#parts = parts
    // One listener for all calls; and no one that would keep the client from letting go of the page.
    parts.log.observe(() => this.#look())
  }

  /**
   * Runs something for one user: an answer that comes after their end is not handed out.
   * @param run is given what ends it
   * @throws AuthError why that user is not shown any more
   */
  async run<T>(subject: string, run: (ended: AbortSignal) => Promise<T>): Promise<T> {
    const { machine, tokens } = this.#parts
    if (machine.shownSubject !== subject) throw tokens.closedError()
    this.#look()
    const ended = this.#ended.signal
    return new Promise((resolve, reject) => {
      const end = () => reject(ended.reason as Error)
      ended.addEventListener('abort', end)
      run(ended)
        .finally(() => ended.removeEventListener('abort', end))
        .then(resolve, reject)
    })
  }

  #look(): void {
    const { machine, tokens } = this.#parts
    if (machine.shownSubject === this.#subject) return
    const ended = this.#ended
    this.#subject = machine.shownSubject
    this.#ended = new AbortController()
    ended.abort(tokens.closedError())
  }
}

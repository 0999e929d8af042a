import { AuthError } from '../../src/errors.ts'

interface Waiting {
  what: string
  /** Virtual ms in which the page could run. */
  waited: number
  limit: number
}

/** What one page waits for, in time in which it could run: frozen, it stands still. */
export class Waits {
  readonly #all = new Set<Waiting>()
  readonly #report: (violation: string) => void

  constructor(report: (violation: string) => void) {
    this.#report = report
  }

  /** A promise that settles, with an AuthError where it fails. */
  promise(what: string, promise: Promise<unknown>, limit: number): void {
    const over = this.begin(what, limit)
    promise
      .catch((error: unknown) => {
        if (!(error instanceof AuthError))
          this.#report(`${what}: not an AuthError: ${String(error)}`)
      })
      .finally(over)
      .catch(() => {})
  }

  /** @returns what ends it */
  begin(what: string, limit: number): () => void {
    const waiting = { what, waited: 0, limit }
    this.#all.add(waiting)
    return () => void this.#all.delete(waiting)
  }

  pass(ms: number): void {
    for (const waiting of this.#all) {
      waiting.waited += ms
      if (waiting.waited <= waiting.limit) continue
      this.#all.delete(waiting)
      this.#report(`${waiting.what} is not over after ${waiting.limit} ms`)
    }
  }
}

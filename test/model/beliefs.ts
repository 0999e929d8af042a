import type { Page } from './page.ts'

/** Who has to be signed in: a user, nobody (undefined), or it is not clear. */
type Belief = { subject: string | undefined } | 'unclear'

/** A code that is exchanged for a page that is gone takes no longer. */
const EXCHANGE_MS = 60_000

/** Who is signed in in each version of the application, for all that is known from outside. */
export class Beliefs {
  /** Sign-outs that did not settle, each with the page that waits for it. */
  readonly #signOuts = new Map<object, Page>()
  readonly #of = new Map<number, Belief>()
  #signIns = 0
  /** The pages that the provider sent a user back to, until they have settled, and since when. */
  readonly #signingIn = new Map<Page, number>()
  readonly #now: () => number

  /** @param now monotonic, ms */
  constructor(now: () => number) {
    this.#now = now
  }

  /** The provider sends a user back to this page. */
  signInBegins(page: Page): void {
    this.#signIns++
    this.#signingIn.set(page, this.#now())
    this.#of.clear()
  }

  signOutBegins(page: Page, signOut: Promise<void>): void {
    const signIns = this.#signIns
    this.#signOuts.set(signOut, page)
    this.#of.clear()
    const settled = (isDone: boolean) => {
      this.#signOuts.delete(signOut)
      if (!isDone || signIns !== this.#signIns) return
      for (const version of [0, 1]) this.#of.set(version, { subject: undefined })
    }
    signOut.then(
      () => settled(true),
      () => settled(false),
    )
  }

  /** Nobody hears any more of what this page waits for. */
  left(page: Page): void {
    for (const [signOut, by] of this.#signOuts) if (by === page) this.#signOuts.delete(signOut)
  }

  /** A session may be lost: nobody is signed in by that. */
  mayBeLost(version: number): void {
    if (this.#subject(version) !== undefined) this.#of.delete(version)
  }

  /** All that was under way has come to its end. @param pages that run, of this version */
  settled(version: number, pages: readonly Page[]): void {
    this.#endSignIn(pages)
    if (this.#signOuts.size > 0 || pages.some(({ isSettled }) => !isSettled)) return
    const shown = new Set(pages.map(({ signedIn }) => signedIn))
    const belief = this.#of.get(version) ?? 'unclear'
    if (belief !== 'unclear') {
      for (const page of pages) {
        if (page.signedIn !== belief.subject) {
          page.report(`${page.signedIn} is signed in, and not ${belief.subject}`)
        }
      }
    } else if (shown.size === 1 && this.#signingIn.size === 0) {
      const [subject] = shown
      // Nobody, as far as it shows: what a relay gives back late may come yet.
      if (subject !== undefined) this.#of.set(version, { subject })
    }
  }

  #endSignIn(running: readonly Page[]): void {
    for (const [page, since] of this.#signingIn) {
      const isSettled = running.includes(page) && page.isSettled
      if (isSettled || this.#now() - since > EXCHANGE_MS) this.#signingIn.delete(page)
    }
  }

  #subject(version: number): string | undefined {
    const belief = this.#of.get(version)
    return typeof belief === 'object' ? belief.subject : undefined
  }
}

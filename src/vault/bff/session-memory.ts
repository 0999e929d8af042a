import type { StringStorage } from '../string-storage.ts'
import { owedSignOut } from './owed-sign-out.ts'

/** Instead of a sign-in: the user signed out. */
const SIGNED_OUT = ''

/**
 * What this browser remembers of its session behind the backend, for all tabs: whether there may be one, and whether a
 * sign-out has yet to reach the backend. The session's own cookie is out of the page's sight.
 */
export class SessionMemory {
  readonly #marks: StringStorage
  readonly #session: string
  readonly #owed: string

  constructor(marks: StringStorage, name: string) {
    this.#marks = marks
    this.#session = `${name}.sign-in`
    this.#owed = owedSignOut(name)
  }

  /** Names the last sign-in that was begun here, or found; `null` where there was none. */
  get signIn(): string | null {
    return this.#marks.get(this.#session)
  }

  /** Whether it is worth a request to ask for a session. Where nothing can be stored, nobody can tell. */
  get mayHaveSession(): boolean {
    const { signIn } = this
    // Another name: another tab may be writing the mark at this moment, as its user signs in.
    return signIn === null
      ? !this.#marks.set(`${this.#session}.probe`, null)
      : signIn !== SIGNED_OUT
  }

  get isSignedOut(): boolean {
    return this.signIn === SIGNED_OUT
  }

  /** A sign-out that the backend did not hear of yet: its cookie would bring the session back. */
  get owesSignOut(): boolean {
    return this.#marks.get(this.#owed) !== null
  }

  /** A sign-in begins, or was found: the backend ends the session before it by itself. */
  expectSession(signIn: string): void {
    this.#marks.set(this.#session, signIn)
    this.#marks.set(this.#owed, null)
  }

  /** The backend knows no session of this sign-in; another may have begun meanwhile. */
  forget(signIn: string | null): void {
    // Nothing is taken away where nothing was: another tab may be writing it.
    if (signIn !== null && this.signIn === signIn) this.#marks.set(this.#session, null)
  }

  signOut(): void {
    this.#marks.set(this.#session, SIGNED_OUT)
    this.#marks.set(this.#owed, '1')
  }

  /** The backend heard of it. */
  signedOut(): void {
    this.#marks.set(this.#owed, null)
  }
}

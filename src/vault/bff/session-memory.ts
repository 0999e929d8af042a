import type { VaultEnvironment } from '../environment.ts'
import type { StringStorage } from '../string-storage.ts'
import {
  ANY_SESSION,
  foundMark,
  rememberSignOut,
  SIGNED_OUT,
  signInMark,
  signOutMark,
} from './marks.ts'

/** A backend takes no sign-in up that comes back later: until then it may come back in any tab. */
const SIGN_IN_LIFETIME_MS = 600_000

export interface SessionMemoryParts {
  env: Pick<VaultEnvironment, 'now' | 'random'>
  /** Names the marks. */
  name: string
  /** For all tabs. */
  marks: StringStorage
  /** Of this tab, whose page comes and goes: nobody else writes there. */
  tabMarks: StringStorage
}

/**
 * What this browser remembers of its session behind the backend: whether there may be one, and whether a sign-out has yet
 * to reach the backend. The session's own cookie is out of the page's sight.
 *
 * The marks for all tabs are written by several processes, which see each other's a moment later: they spare requests,
 * and no session may be lost by one that is wrong. A tab that began a sign-in remembers that by itself.
 */
export class SessionMemory {
  readonly #parts: SessionMemoryParts
  readonly #signIn: string
  readonly #signOut: string

  constructor(parts: SessionMemoryParts) {
    this.#parts = parts
    this.#signIn = signInMark(parts.name)
    this.#signOut = signOutMark(parts.name)
  }

  /** Names the last sign-in that was begun here, or found; `null` where there was none. */
  get signIn(): string | null {
    return this.#parts.marks.get(this.#signIn)
  }

  /** Whether a session was begun or found since the last sign-out, as far as this tab can know. */
  get expectsSession(): boolean {
    const isBack = this.#parts.tabMarks.get(this.#signIn) !== null
    return isBack || (this.signIn !== null && !this.isSignedOut)
  }

  /** Whether it is worth a request to ask for a session. Where nothing can be stored, nobody can tell. */
  get mayHaveSession(): boolean {
    const { marks } = this.#parts
    return (
      this.expectsSession ||
      // Another name: another tab may be writing the mark at this moment, as its user signs in.
      (this.signIn === null && !marks.set(`${this.#signIn}.probe`, null))
    )
  }

  get isSignedOut(): boolean {
    return this.signIn === SIGNED_OUT
  }

  /** A sign-out that the backend did not hear of yet: its cookie would bring the session back. */
  get owedSignOut(): string | null {
    return this.#parts.marks.get(this.#signOut)
  }

  /** Whether a sign-out ended this session, and the backend has yet to hear of it. */
  owesEndOf(session: string | undefined): boolean {
    const { owedSignOut } = this
    return owedSignOut === ANY_SESSION || (owedSignOut !== null && owedSignOut === session)
  }

  beginSignIn(): void {
    const { env, marks, tabMarks } = this.#parts
    const signIn = `${env.now()}.${env.random()}`
    marks.set(this.#signIn, signIn)
    tabMarks.set(this.#signIn, signIn)
  }

  /** @param session undefined: a backend that names none */
  found(session: string | undefined): void {
    const { env, marks, tabMarks } = this.#parts
    const mark = session === undefined ? `${env.now()}.${env.random()}` : foundMark(session)
    const isNews = session === undefined ? !this.expectsSession : mark !== this.signIn
    if (isNews) marks.set(this.#signIn, mark)
    tabMarks.set(this.#signIn, null)
  }

  /** The backend knew no session, when this was the last sign-in: that is over, unless it is still under way. */
  forget(signIn: string | null): void {
    const { marks, tabMarks } = this.#parts
    if (!this.#isUnderWay(tabMarks.get(this.#signIn))) tabMarks.set(this.#signIn, null)
    // Another one may have begun meanwhile; and that the user signed out stays so.
    if (!signIn || this.signIn !== signIn || this.#isUnderWay(signIn)) return
    marks.set(this.#signIn, null)
  }

  /** @param session the one that the page shows, where its backend names it */
  signOut(session: string | undefined): void {
    const { marks, name, tabMarks } = this.#parts
    rememberSignOut(marks, name, session)
    tabMarks.set(this.#signIn, null)
  }

  /** The backend heard of it. */
  signedOut(owed: string | null): void {
    // Another one may have been begun meanwhile.
    if (this.owedSignOut === owed) this.#parts.marks.set(this.#signOut, null)
  }

  /** By the time in the mark of a sign-in that was begun. The clock may have been set since. */
  #isUnderWay(signIn: string | null): boolean {
    return Math.abs(this.#parts.env.now() - parseFloat(signIn ?? '')) < SIGN_IN_LIFETIME_MS
  }
}

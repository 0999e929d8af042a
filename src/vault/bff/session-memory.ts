import type { VaultEnvironment } from '../environment.ts'
import type { StringStorage } from '../string-storage.ts'
import { ANY_SESSION, foundMark, SIGNED_OUT, signInMark, signOutMark } from './marks.ts'

/** A backend takes no sign-in up that comes back later: until then it may come back in any tab. */
const SIGN_IN_LIFETIME_MS = 600_000

/**
 * What this browser remembers of its session behind the backend: whether there may be one, and whether a sign-out has yet
 * to reach the backend. The session's own cookie is out of the page's sight.
 *
 * The marks for all tabs are written by several processes, which see each other's a moment later: they spare requests,
 * and no session may be lost by one that is wrong. A tab that began a sign-in remembers that by itself.
 */
export class SessionMemory {
  readonly #env: Pick<VaultEnvironment, 'now' | 'random'>
  readonly #marks: StringStorage
  readonly #tabMarks: StringStorage
  readonly #signIn: string
  readonly #signOut: string
  /** The session that this page saw end by a sign-out: before its mark is seen, and however late its cookie goes. */
  #ended: string | undefined

  /**
   * @param name names the marks
   * @param marks for all tabs
   * @param tabMarks of this tab, whose pages come and go: nobody else writes there
   */
  constructor(
    env: Pick<VaultEnvironment, 'now' | 'random'>,
    name: string,
    marks: StringStorage,
    tabMarks: StringStorage,
  ) {
    this.#env = env
    this.#marks = marks
    this.#tabMarks = tabMarks
    this.#signIn = signInMark(name)
    this.#signOut = signOutMark(name)
  }

  /** Names the last sign-in that was begun here, or found; `null` where there was none. */
  get signIn(): string | null {
    return this.#marks.get(this.#signIn)
  }

  /** Whether it is worth a request to ask for a session: one was begun or found since the last sign-out. */
  get mayHaveSession(): boolean {
    const { signIn } = this
    if (this.#tabMarks.get(this.#signIn)) return true
    // Where nothing can be stored, nobody can tell. Another name: another tab may be writing the mark at this moment.
    return signIn === null ? !this.#marks.set(`${this.#signIn}.probe`, null) : signIn !== SIGNED_OUT
  }

  get isSignedOut(): boolean {
    return this.signIn === SIGNED_OUT
  }

  /** A sign-out that the backend did not hear of yet: its cookie would bring the session back. */
  get owedSignOut(): string | null {
    return this.#marks.get(this.#signOut)
  }

  /** Whether a sign-out ended this session, and the backend may have yet to hear of it; without a name: any session. */
  isEnded(session?: string): boolean {
    const { owedSignOut } = this
    return (
      owedSignOut === ANY_SESSION || (!!session && [owedSignOut, this.#ended].includes(session))
    )
  }

  /** A sign-out was heard of. */
  ended(session: string | undefined): void {
    this.#ended = session ?? this.#ended
  }

  beginSignIn(): void {
    const signIn = `${this.#env.now()}.${this.#env.random()}`
    this.#marks.set(this.#signIn, signIn)
    this.#tabMarks.set(this.#signIn, signIn)
  }

  /** @param session without a name where the backend gives none */
  found(session = ''): void {
    this.#marks.set(this.#signIn, foundMark(session))
    this.#tabMarks.set(this.#signIn, null)
  }

  /** The backend knew no session, when this was the last sign-in: that is over, unless it is still under way. */
  forget(signIn: string | null): void {
    // By the time in its mark. The clock may have been set since.
    const age = Math.abs(this.#env.now() - parseFloat(signIn ?? ''))
    if (age < SIGN_IN_LIFETIME_MS) return
    this.#tabMarks.set(this.#signIn, null)
    // Another one may have begun meanwhile; and that the user signed out stays so.
    if (signIn && signIn === this.signIn) this.#marks.set(this.#signIn, null)
  }

  /** The backend heard of it. */
  signedOut(owed: string | null): void {
    // Another one may have been begun meanwhile.
    if (this.owedSignOut === owed) this.#marks.set(this.#signOut, null)
  }
}

import type { SignInOptions } from '../../client/auth-client.ts'
import { SignIn } from '../../client/sign-in/sign-in.ts'
import type { RedirectBack, SignInFlow } from '../../client/sign-in/sign-in-flow.ts'
import type { SignInParts } from '../../client/sign-in/sign-in-parts.ts'
import { AuthError } from '../../errors.ts'
import type { UserClaims } from '../../vault/vault.ts'
import type { TestVault } from './test-vault.ts'

/** The answer of a sign-in that a test's page was loaded with, or was sent back with. */
export const BACK: RedirectBack = { state: 'test', parameters: '' }

/** The provider's pages, as a test has them: whoever is sent there comes back at once, with the answer that was given. */
export class TestProviderPages {
  readonly signIns: SignInOptions[] = []
  /** Who signs in, or why nobody does. */
  answer: UserClaims | AuthError
  /** What the page was loaded with: why nobody signed in, or that it is on its way until then. */
  first: AuthError | Promise<void> | undefined
  /** The last way back, which gives why it came to nothing. */
  back: Promise<AuthError | undefined> = Promise.resolve(undefined)
  readonly #vault: TestVault
  #returnTo = '/'
  #finish = async (_back: RedirectBack) => {}

  constructor(vault: TestVault, answer: UserClaims | AuthError) {
    this.#vault = vault
    this.answer = answer
  }

  /** The way in of the client, to these pages. */
  signIn<User>(parts: Omit<SignInParts<User>, 'flow'>): SignIn<User> {
    const signIn = new SignIn<User>({ ...parts, flow: this.#flow() })
    this.#finish = (back) => signIn.finish(back)
    return signIn
  }

  /** The user is here, answers, and is sent back. */
  visit(): void {
    const { answer } = this
    this.back = this.#finish(BACK).then(() => (answer instanceof AuthError ? answer : undefined))
    this.back.catch(() => {
      // Who waits for it is told.
    })
  }

  #flow(): SignInFlow {
    return {
      begin: async ({ replaces: _replaces, silent: _silent, popup: _popup, ...asked }) => {
        this.signIns.push(asked)
        this.#returnTo = asked.returnTo
        return { url: 'about:blank', state: 'test' }
      },
      finish: async () => {
        const { first } = this
        this.first = undefined
        if (first instanceof AuthError) return { ok: false, error: first, returnTo: undefined }
        if (first) {
          await first
          return { ok: true, state: await this.#vault.open(), returnTo: undefined }
        }
        const { answer } = this
        const returnTo = this.#returnTo
        if (answer instanceof AuthError) return { ok: false, error: answer, returnTo }
        const state = this.#vault.become({ status: 'live', claims: answer }, false)
        return { ok: true, state, returnTo }
      },
    }
  }
}

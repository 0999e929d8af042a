import { AuthError } from '../../errors.ts'
import type { SignInOptions } from '../auth-client.ts'
import { localPath } from '../page/local-path.ts'
import { finishSignIn } from './finish-sign-in.ts'
import { spendRedirect } from './redirect-budget.ts'
import type { RedirectBack, SignInRequest } from './sign-in-flow.ts'
import type { SignInParts } from './sign-in-parts.ts'
import type { VaultState } from '../../vault/vault.ts'

/** A page that was told to leave and is still here after so long was held back. */
const NAVIGATION_DEADLINE_MS = 10_000

/** The way in and back: sign-ins that a person begins, or that no person asked for, within a budget. */
export class SignIn<User> {
  readonly #parts: SignInParts<User>
  #underWay: Promise<void> | undefined
  /** Where the page was sent last: every request has a `state` of its own. */
  #latestUrl: string | undefined

  constructor(parts: SignInParts<User>) {
    this.#parts = parts
  }

  /** Begins a sign-in and leaves the page. A second click is the first one's. @throws AuthError @throws TypeError */
  start(options: SignInOptions, automatic: boolean): Promise<void> {
    this.#underWay ??= this.#start(options, automatic).finally(() => (this.#underWay = undefined))
    return this.#underWay
  }

  /** The way back from the provider. */
  finish(back: RedirectBack, signal: AbortSignal): Promise<void> {
    return finishSignIn(this.#parts, back, signal)
  }

  /**
   * `silentSignIn: 'redirect'`: this device had a session and the vault lost it. One top-level `prompt=none`
   * (OpenID Connect Core §3.1.2.1) asks the provider for it, within the budget for redirects that no person asked for.
   */
  async restore(state: VaultState): Promise<void> {
    const { machine, control, hint } = this.#parts
    if (!this.#mayRedirect()) return control.apply(state)
    hint.clear()
    machine.signingIn()
    try {
      await this.#leave({ prompt: 'none' }, true)
    } catch (error) {
      // It never left: the next load may try again.
      hint.set()
      throw error
    }
  }

  async #start(options: SignInOptions, automatic: boolean): Promise<void> {
    const { page, machine, control, opened } = this.#parts
    const { returnTo } = options
    if (returnTo !== undefined && localPath(page, returnTo) === undefined) {
      throw new TypeError('signIn: `returnTo` must be a path of this origin')
    }
    await opened()
    if (automatic && !this.#mayRedirect()) throw this.#redirectLoopError()
    const before = machine.get()
    machine.signingIn()
    try {
      await this.#leave(options)
    } catch (error) {
      // A wrong parameter: nothing was begun.
      if (error instanceof TypeError) {
        if (before.status === 'error') machine.fail(before.error)
        else await control.applyAgain()
      }
      throw error
    }
  }

  /** Sends the user to where the flow says. */
  async #leave(options: SignInOptions, silent = false): Promise<void> {
    const { page, machine, control, flow } = this.#parts
    const signedOut = control.untilSignOut()
    const state = control.state()
    const request: SignInRequest = {
      ...options,
      returnTo: localPath(page, options.returnTo ?? page.location.href) ?? '/',
      // Also a user whom `userSchema` refused, and whom the page does not show.
      replaces: state?.status === 'live' ? state.claims.sub : undefined,
      silent,
    }
    const url = await flow.begin(request)
    // Signed out while the provider was asked where to go: the page stays.
    if (signedOut.aborted) return
    this.#latestUrl = url
    page.location.assign(url)
    // Held back by `beforeunload`, or by a provider that answers 204: nothing stays pending.
    page.timer(() => {
      const heldBack = this.#latestUrl === url && machine.get().status === 'signing-in'
      if (heldBack) void control.applyAgain()
    }, NAVIGATION_DEADLINE_MS)
  }

  #mayRedirect(): boolean {
    return spendRedirect(this.#parts.page, this.#parts.name)
  }

  #redirectLoopError(): AuthError {
    const { machine, log } = this.#parts
    const session = machine.get()
    const reasons = new Set<string>(log.errors.map(({ code }) => code))
    if ('reason' in session) reasons.add(session.reason)
    const why = reasons.size > 0 ? ` (${[...reasons].join(', ')})` : ''
    return new AuthError('redirect_loop', {
      message: `Too many redirects to the provider within a minute${why}. Let the user start the next one.`,
    })
  }
}

export function createSignIn<User>(parts: SignInParts<User>): SignIn<User> {
  return new SignIn(parts)
}

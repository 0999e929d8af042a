import { AuthError } from '../../errors.ts'
import type { SignInOptions } from '../auth-client.ts'
import { localPath } from '../../oauth/local-path.ts'
import { browserNavigation } from '../page/navigation.ts'
import { isSignedOutByUser } from './signed-out-by-user.ts'
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
  #underWay: Promise<string | undefined> | undefined
  /** How the page was sent away last. Not told apart by the URL: a backend's login has the same one each time. */
  #leaving = Promise.resolve()

  constructor(parts: SignInParts<User>) {
    this.#parts = parts
  }

  /**
   * Begins a sign-in and leaves the page: settles as the page goes. A second click is the first one's.
   * @throws AuthError @throws TypeError
   */
  async start(options: SignInOptions, automatic: boolean): Promise<void> {
    const isJoined = this.#underWay !== undefined
    this.#underWay ??= this.#start(options, automatic).finally(() => (this.#underWay = undefined))
    try {
      const url = await this.#underWay
      // Who began it sends the page away first.
      if (url !== undefined) await (isJoined ? this.#leaving : this.#leaveFor(url))
    } catch (error) {
      const isRefusedByBudget = error instanceof AuthError && error.code === 'redirect_loop'
      if (!isRefusedByBudget || !isJoined || automatic) throw error
      // The one that was under way was no person's: a click is not refused with it.
      return this.start(options, false)
    }
  }

  /** The way back from the provider. */
  finish(back: RedirectBack): Promise<void> {
    return finishSignIn(this.#parts, back)
  }

  /**
   * `silentSignIn: 'redirect'`: this device had a session and the vault lost it. One top-level `prompt=none`
   * (OpenID Connect Core §3.1.2.1) asks the provider for it, within the budget for redirects that no person asked for.
   */
  async restore(state: VaultState): Promise<void> {
    const { machine, hint } = this.#parts
    if (this.#spendRedirect() !== 'allowed') return machine.apply(state)
    hint.set(false)
    machine.signingIn()
    try {
      const url = await this.#begin({ prompt: 'none' }, true)
      if (url !== undefined) await this.#leaveFor(url)
    } catch (error) {
      // It never left: the next load may try again.
      hint.set(true)
      throw error
    }
  }

  async #start(options: SignInOptions, automatic: boolean): Promise<string | undefined> {
    const { page, machine, connection } = this.#parts
    const { returnTo } = options
    if (returnTo !== undefined && localPath(page.location.href, returnTo) === undefined) {
      throw new TypeError('signIn: `returnTo` must be a path of this origin')
    }
    await connection.open()
    if (automatic) this.#assertMayRedirect()
    const before = machine.session
    machine.signingIn()
    try {
      return await this.#begin(options)
    } catch (error) {
      // A wrong parameter: nothing was begun.
      if (error instanceof TypeError) {
        if (before.status === 'error') machine.showError(before.error)
        else await this.#showVaultState()
      }
      throw error
    }
  }

  /** @returns where the flow sends the user; undefined where a sign-out overtook it */
  async #begin(options: SignInOptions, silent = false): Promise<string | undefined> {
    const { page, machine, flow } = this.#parts
    const state = machine.vaultState
    const request: SignInRequest = {
      ...options,
      returnTo: localPath(page.location.href, options.returnTo ?? page.location.href) ?? '/',
      // Also a user whom `userSchema` refused, and whom the page does not show.
      replaces: state?.status === 'live' ? state.claims.sub : undefined,
      silent,
    }
    const url = await flow.begin(request)
    // Signed out while the provider was asked where to go: the page stays.
    return isSignedOutByUser(machine.session) ? undefined : url
  }

  /** Settles as the page goes, or after a while when it was held back: by `beforeunload`, by a provider that answers 204. */
  #leaveFor(url: string): Promise<void> {
    const { page, machine } = this.#parts
    const { navigation = browserNavigation } = page
    const leaving = new Promise<void>((resolve, reject) => {
      navigation.leave(url).then(resolve, reject)
      page.timer(() => {
        // Nothing stays pending where the page stays.
        const heldBack = this.#leaving === leaving && machine.session.status === 'signing-in'
        if (heldBack) void this.#showVaultState()
        resolve()
      }, NAVIGATION_DEADLINE_MS)
    })
    this.#leaving = leaving
    return leaving
  }

  /** A sign-in that was begun is not under way any more. */
  async #showVaultState(): Promise<void> {
    const { machine } = this.#parts
    if (machine.vaultState) await machine.apply(machine.vaultState)
  }

  #spendRedirect() {
    return spendRedirect(this.#parts.page, this.#parts.name)
  }

  #assertMayRedirect(): void {
    const spent = this.#spendRedirect()
    if (spent === 'spent') throw this.#redirectLoopError()
    if (spent === 'uncounted') {
      throw new AuthError('storage_unavailable', {
        message: `This browser stores nothing for this page, so no redirect goes out by itself. Let the user start it: signIn() in a click handler.${this.#leftAlone()}`,
      })
    }
  }

  #redirectLoopError(): AuthError {
    const { machine, log } = this.#parts
    const session = machine.session
    const reasons = new Set<string>(log.errors.map(({ code }) => code))
    if ('reason' in session) reasons.add(session.reason)
    const why = reasons.size > 0 ? ` (${[...reasons].join(', ')})` : ''
    return new AuthError('redirect_loop', {
      message: `Too many redirects to the provider within a minute${why}. Let the user start the next one.${this.#leftAlone()}`,
    })
  }

  /** What may be the reason for a loop. */
  #leftAlone(): string {
    const reason = this.#parts.flow.explainAnswerLeftAlone?.()
    return reason === undefined ? '' : ` ${reason}`
  }
}

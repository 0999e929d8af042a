import { AuthError } from '../../errors.ts'
import type { SignInOptions } from '../auth-client.ts'
import { localPath } from '../../oauth/local-path.ts'
import { browserNavigation } from '../page/navigation.ts'
import type { PopupWindow } from '../page/popup-window.ts'
import { isSignedOutByUser } from './signed-out-by-user.ts'
import { finishSignIn } from './finish-sign-in.ts'
import { spendRedirect } from './redirect-budget.ts'
import { giveToOpener } from './popup-answer.ts'
import { PopupSignIn } from './popup-sign-in.ts'
import { isPopupState } from './popup-state.ts'
import type { RedirectBack, SignInDestination, SignInRequest } from './sign-in-flow.ts'
import type { SignInParts } from './sign-in-parts.ts'
import type { VaultState } from '../../vault/vault.ts'

/** A page that was told to leave and is still here after so long was held back. */
const NAVIGATION_DEADLINE_MS = 10_000

/** A sign-in that was begun, and has not sent the page away yet. */
interface UnderWay {
  destination: Promise<SignInDestination | undefined>
  /** What ends the wait of those who asked for it; undefined for one who waits in any case. */
  askers: (AbortSignal | undefined)[]
}

/** The way in and back: sign-ins that a person begins, or that no person asked for, within a budget. */
export class SignIn<User> {
  readonly #parts: SignInParts<User>
  readonly #popup: PopupSignIn<User>
  #underWay: UnderWay | undefined
  /** How the page was sent away last. Not told apart by the URL: a backend's login has the same one each time. */
  #leaving = Promise.resolve()

  constructor(parts: SignInParts<User>) {
    this.#parts = parts
    const begin = (options: SignInOptions) => this.#start(options, false)
    this.#popup = new PopupSignIn({ ...parts, begin })
  }

  /**
   * @param popup what `mode: 'popup'` opened at the click
   * @param signal ends a sign-in by redirect while the page has not been left
   * @throws AuthError @throws TypeError
   */
  start(
    options: SignInOptions,
    automatic: boolean,
    popup: PopupWindow | undefined,
    signal?: AbortSignal,
  ): Promise<void> {
    const { mode = 'redirect' } = options
    if (mode === 'popup') return this.#popup.start(options, popup)
    if (mode === 'redirect') return this.#leave(options, automatic, signal)
    return Promise.reject(new TypeError("signIn: `mode` must be 'redirect' or 'popup'"))
  }

  /** Begins a sign-in and leaves the page: settles as the page goes. A second click is the first one's. */
  async #leave(options: SignInOptions, automatic: boolean, signal?: AbortSignal): Promise<void> {
    const isJoined = this.#underWay !== undefined
    this.#underWay ??= {
      destination: this.#start(options, automatic).finally(() => (this.#underWay = undefined)),
      askers: [],
    }
    const { destination: found, askers } = this.#underWay
    askers.push(signal)
    try {
      const destination = await found
      if (!destination) return
      const isWanted = askers.some((asker) => !asker?.aborted)
      // Who began it sends the page away first.
      if (isJoined) await this.#leaving
      else await (isWanted ? this.#leaveFor(destination.url) : this.#giveUp())
    } catch (error) {
      const isRefusedByBudget = error instanceof AuthError && error.code === 'redirect_loop'
      if (!isRefusedByBudget || !isJoined || automatic) throw error
      // The one that was under way was no person's: a click is not refused with it.
      return this.#leave(options, false)
    }
  }

  /** The way back from the provider. In a popup the answer is another page's, where that page is still there. */
  async finish(back: RedirectBack): Promise<void> {
    const { page } = this.#parts
    if (isPopupState(back.state) && (await giveToOpener(page, back))) await this.#showVaultState()
    else await finishSignIn(this.#parts, back)
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
      const destination = await this.#begin({ prompt: 'none' }, true)
      if (destination) await this.#leaveFor(destination.url)
    } catch (error) {
      // It never left: the next load may try again.
      hint.set(true)
      throw error
    }
  }

  async #start(options: SignInOptions, automatic: boolean): Promise<SignInDestination | undefined> {
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
  async #begin(
    { mode, ...options }: SignInOptions,
    silent = false,
  ): Promise<SignInDestination | undefined> {
    const { page, machine, flow } = this.#parts
    const state = machine.vaultState
    const request: SignInRequest = {
      ...options,
      returnTo: localPath(page.location.href, options.returnTo ?? page.location.href) ?? '/',
      // Also a user whom `userSchema` refused, and whom the page does not show.
      replaces: state?.status === 'live' ? state.claims.sub : undefined,
      silent,
      popup: mode === 'popup',
    }
    const destination = await flow.begin(request)
    // Signed out while the provider was asked where to go: the page stays.
    return isSignedOutByUser(machine.session) ? undefined : destination
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

  /** Nobody waits for the sign-in any more, and no person refused it: the next guard may begin one. */
  async #giveUp(): Promise<void> {
    const { machine } = this.#parts
    const { vaultState } = machine
    if (vaultState?.status === 'empty') await machine.apply(vaultState, vaultState.reason)
    else await this.#showVaultState()
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

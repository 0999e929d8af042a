import { AuthError } from '../../errors.ts'
import type { SignInOptions } from '../auth-client.ts'
import type { PageEnvironment } from '../page/environment.ts'
import { localPath } from '../page/local-path.ts'
import type { EventLog } from '../session/event-log.ts'
import type { SessionControl } from '../session/session-control.ts'
import type { SessionMachine } from '../session/session-machine.ts'
import { spendRedirect } from './redirect-budget.ts'
import type { SignInFlow, SignInRequest } from './sign-in-flow.ts'

/** A page that was told to leave and is still here after so long was held back. */
const NAVIGATION_DEADLINE_MS = 10_000

export interface StartSignInParts<User> {
  page: Pick<PageEnvironment, 'location' | 'now' | 'timer' | 'sessionStorage' | 'userActivation'>
  machine: SessionMachine<User>
  control: SessionControl
  log: EventLog
  flow: SignInFlow
  /** Prefix of this client's names in storage. */
  name: string
  /** Settles when a vault is open. @throws AuthError */
  opened(): Promise<unknown>
}

/** Begins sign-ins: a person's, or one that no person asked for, within the budget. */
export class SignInStarter<User> {
  readonly #parts: StartSignInParts<User>
  #underWay: Promise<void> | undefined
  /** Where the page was sent last: every request has a `state` of its own. */
  #latestUrl: string | undefined

  constructor(parts: StartSignInParts<User>) {
    this.#parts = parts
  }

  /** Begins a sign-in and leaves the page. A second click is the first one's. @throws AuthError @throws TypeError */
  start(options: SignInOptions = {}): Promise<void> {
    // Read at once: a moment later the browser has forgotten the click.
    const automatic = options.automatic ?? this.#parts.page.userActivation() === false
    this.#underWay ??= this.#start(options, automatic).finally(() => (this.#underWay = undefined))
    return this.#underWay
  }

  /** Whether a redirect that no person asked for may go. */
  mayRedirect(): boolean {
    return spendRedirect(this.#parts.page, this.#parts.name)
  }

  async #start(options: SignInOptions, automatic: boolean): Promise<void> {
    const { page, machine, opened } = this.#parts
    const { returnTo } = options
    if (returnTo !== undefined && localPath(page, returnTo) === undefined) {
      throw new TypeError('signIn: `returnTo` must be a path of this origin')
    }
    await opened()
    if (automatic && !this.mayRedirect()) throw this.#redirectLoopError()
    const before = machine.get()
    machine.signingIn()
    try {
      await this.leave(options)
    } catch (error) {
      // A wrong parameter: nothing was begun.
      if (error instanceof TypeError) {
        if (before.status === 'error') machine.fail(before.error)
        else await this.#showVaultState()
      }
      throw error
    }
  }

  /** Sends the user to where the flow says. */
  async leave(options: SignInOptions, silent = false): Promise<void> {
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
      if (heldBack) void this.#showVaultState()
    }, NAVIGATION_DEADLINE_MS)
  }

  async #showVaultState(): Promise<void> {
    const { control } = this.#parts
    const state = control.state()
    if (state) await control.apply(state)
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

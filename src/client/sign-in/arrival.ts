import type { VaultState } from '../../vault/vault.ts'
import { finishSignIn, type FinishSignInParts } from './finish-sign-in.ts'
import type { RedirectBack } from './sign-in-flow.ts'
import { silentSignIn } from './silent-sign-in.ts'
import type { SignInStarter } from './start-sign-in.ts'

export interface ArrivalParts<User> extends FinishSignInParts<User> {
  starter: SignInStarter<User>
}

/** What a page load may be beside a visit: the way back from the provider, or a lost session to ask the provider for. */
export class Arrival<User> {
  readonly #parts: ArrivalParts<User>
  /** Aborted by the first sign-out: it overtakes a response that is being taken up. */
  readonly #signedOut: AbortSignal
  #redirectBack: RedirectBack | undefined

  constructor(parts: ArrivalParts<User>) {
    this.#parts = parts
    this.#signedOut = parts.control.untilSignOut()
  }

  /** Synchronously, before a router reads the address bar. */
  recognize(): void {
    const { flow, machine } = this.#parts
    this.#redirectBack = flow.recognize()
    if (this.#redirectBack) machine.signingIn()
  }

  /** @returns undefined where it is a visit and no more */
  takeUp(state: VaultState): Promise<void> | undefined {
    const { machine, starter, hint } = this.#parts
    const back = this.#redirectBack
    this.#redirectBack = undefined
    if (back) return finishSignIn(this.#parts, back, this.#signedOut)
    return hint && silentSignIn({ machine, starter, hint }, state)
  }
}

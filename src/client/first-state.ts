import type { VaultState } from '../vault/vault.ts'
import type { StoredFlag } from './page/stored-flag.ts'
import type { SessionMachine } from './session/session-machine.ts'
import type { RedirectBack } from './sign-in/sign-in-flow.ts'
import type { SignIn } from './sign-in/sign-in.ts'

export interface FirstStateParts<User> {
  machine: SessionMachine<User>
  hint: StoredFlag
  loadSignIn(): Promise<SignIn<User>>
  /** The client's option `silentSignIn`. */
  silentSignIn: boolean
  /** The authorization response that the page was loaded with. */
  redirectBack: RedirectBack | undefined
}

/**
 * What an open vault says is so. Its first word may lead to a sign-in instead of the session: an authorization response
 * is taken up, or the provider is asked for a session that was lost.
 */
export function createStateListener<User>({
  machine,
  hint,
  loadSignIn,
  silentSignIn,
  redirectBack,
}: FirstStateParts<User>): (state: VaultState) => Promise<void> {
  let isFirst = true
  return async (state) => {
    const isLost = state.status === 'empty' && state.reason === 'no_session'
    const leadsToSignIn = redirectBack ?? (silentSignIn && isLost && hint.isSet())
    const isShown = !isFirst || !leadsToSignIn
    isFirst = false
    if (isShown) return machine.opened(state)
    machine.hear(state)
    try {
      const signIn = await loadSignIn()
      await (redirectBack ? signIn.finish(redirectBack) : signIn.restore(state))
    } catch (error) {
      await machine.failed(error)
    }
  }
}

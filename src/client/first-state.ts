import type { VaultState } from '../vault/vault.ts'
import type { SessionControl } from './session/session-control.ts'
import type { SessionHint } from './session/session-hint.ts'
import type { RedirectBack } from './sign-in/sign-in-flow.ts'
import type { SignIn } from './sign-in/sign-in.ts'

export interface FirstStateParts<User> {
  control: SessionControl<User>
  hint: SessionHint
  loadSignIn(): Promise<SignIn<User>>
  /** The client's option `silentSignIn`. */
  silentSignIn: boolean
  /** The authorization response that the page was loaded with. */
  redirectBack: RedirectBack | undefined
  /** Aborted by a sign-out: it overtakes a response that is being taken up. */
  signedOut: AbortSignal
}

/**
 * What the vault's first word leads to: the session, an authorization response that is taken up, or a lost session for
 * which the provider is asked.
 */
export async function takeFirstState<User>(
  parts: FirstStateParts<User>,
  state: VaultState,
): Promise<void> {
  const { control, hint, redirectBack, loadSignIn } = parts
  const isLost = state.status === 'empty' && state.reason === 'no_session'
  const asks = parts.silentSignIn && isLost && hint.exists()
  if (!redirectBack && !asks) return control.opened(state)
  control.hear(state)
  try {
    const signIn = await loadSignIn()
    await (redirectBack ? signIn.finish(redirectBack, parts.signedOut) : signIn.restore(state))
  } catch (error) {
    await control.fail(error)
  }
}

import type { VaultState } from '../../vault/vault.ts'
import type { SessionHint } from '../session/session-hint.ts'
import type { SessionMachine } from '../session/session-machine.ts'
import type { SignInStarter } from './start-sign-in.ts'

export interface SilentSignInParts<User> {
  machine: SessionMachine<User>
  starter: SignInStarter<User>
  hint: SessionHint
}

/**
 * `silentSignIn: 'redirect'`: this device had a session and the vault lost it. One top-level `prompt=none`
 * (OpenID Connect Core §3.1.2.1) asks the provider for it, within the budget for redirects that no person asked for,
 * and never after a sign-out.
 * @returns undefined where the page stays
 */
export function silentSignIn<User>(
  parts: SilentSignInParts<User>,
  state: VaultState,
): Promise<void> | undefined {
  const lost = state.status === 'empty' && state.reason === 'no_session' && parts.hint.exists()
  return lost && parts.starter.mayRedirect() ? leave(parts) : undefined
}

async function leave<User>({ machine, starter, hint }: SilentSignInParts<User>): Promise<void> {
  hint.clear()
  machine.signingIn()
  try {
    await starter.leave({ prompt: 'none' }, true)
  } catch (error) {
    // It never left: the next load may try again.
    hint.set()
    throw error
  }
}

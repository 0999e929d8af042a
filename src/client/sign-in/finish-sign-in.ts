import type { AuthErrorCode } from '../../errors.ts'
import type { VaultState } from '../../vault/vault.ts'
import type { PageEnvironment } from '../page/environment.ts'
import { localPath } from '../page/local-path.ts'
import type { EventLog } from '../session/event-log.ts'
import { signedOut, type SessionControl } from '../session/session-control.ts'
import type { SessionHint } from '../session/session-hint.ts'
import type { SessionMachine } from '../session/session-machine.ts'
import type { RedirectBack, SignInFlow, SignInResult } from './sign-in-flow.ts'

export interface FinishSignInParts<User> {
  page: Pick<PageEnvironment, 'location' | 'replaceUrl' | 'timer'>
  machine: SessionMachine<User>
  control: SessionControl
  log: EventLog
  flow: SignInFlow
  /** Set where this client restores sessions by `silentSignIn`. */
  hint: SessionHint | undefined
  /** The application's way to go to a path of its own. */
  navigate: ((path: string) => void) | undefined
  /** What the vault says now. @throws AuthError */
  askVault(): Promise<VaultState>
}

/** The way back from the provider: one exchange in the vault, then to where the user was going. */
export async function finishSignIn<User>(
  parts: FinishSignInParts<User>,
  back: RedirectBack,
  signal: AbortSignal,
): Promise<void> {
  const { control, flow, hint } = parts
  const result = await flow.finish(back, signal)
  if (result.ok) {
    await control.apply(result.state)
    // A sign-out may have overtaken it.
    if (control.state()?.status === 'live') hint?.set()
  } else {
    await failed(parts, result)
  }
  if (result.returnTo !== undefined) navigateTo(parts, result.returnTo)
}

/** A response that gave no session: a user who was signed in still is, and the session says why. */
async function failed<User>(
  { control, machine, log, askVault }: FinishSignInParts<User>,
  { error, signedOutReason }: Extract<SignInResult, { ok: false }>,
): Promise<void> {
  const known = log.recordError(error)
  const state = await askVault()
  const signedOutBecause = (reason: AuthErrorCode) => control.apply(signedOut('no_session'), reason)
  // Signed out meanwhile is signed out, and no failure.
  if (known.code === 'signed_out') return control.apply(state)
  if (state.status === 'live') return control.apply(state, known.code)
  if (signedOutReason) return signedOutBecause(signedOutReason)
  machine.fail(known)
}

function navigateTo<User>({ page, navigate }: FinishSignInParts<User>, target: string): void {
  const path = localPath(page, target) ?? '/'
  if (!navigate) return page.replaceUrl(path, true)
  try {
    navigate(path)
  } catch (error) {
    // The application's own mistake: it is nothing to the sign-in.
    page.timer(() => {
      throw error
    }, 0)
  }
}

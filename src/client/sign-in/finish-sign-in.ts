import type { AuthError, AuthErrorCode } from '../../errors.ts'
import { localPath } from '../../oauth/local-path.ts'
import { DEVELOPMENT } from '../page/development.ts'
import { browserNavigation } from '../page/navigation.ts'
import { signedOut } from '../session/session.ts'
import { isPopupState } from './popup-state.ts'
import { isSignedOutByUser } from './signed-out-by-user.ts'
import type { RedirectBack } from './sign-in-flow.ts'
import type { SignInParts } from './sign-in-parts.ts'

declare const process: { env: { NODE_ENV?: string } }

/**
 * The way back from the provider: one exchange in the vault, then, in this window, to where the user was going.
 * @returns why it came to nothing
 */
export async function finishSignIn<User>(
  parts: SignInParts<User>,
  back: RedirectBack,
): Promise<AuthError | undefined> {
  const { machine, tokens, flow, hint, keepsHint, connection, log } = parts
  let error: AuthError | undefined
  // A sign-out that was begun since overtakes it.
  const isOvertaken = () => isSignedOutByUser(machine.session)
  const result = await flow.finish(back, isOvertaken)
  if (result.ok) {
    tokens.signIns++
    // In a page that stood still the answer is old news: the vault is asked again.
    if (!connection.isAway) await machine.apply(result.state)
    // A sign-out may have overtaken it.
    if (keepsHint && machine.vaultState?.status === 'live') hint.set(true)
  } else {
    error = log.recordError(result.error)
    await failed(parts, error, result.signedOutReason)
  }
  if (result.returnTo !== undefined && !isPopupState(back.state)) navigateTo(parts, result.returnTo)
  return error
}

/** A response that gave no session: a user who was signed in still is, and the session says why. */
async function failed<User>(
  { page, machine, connection }: SignInParts<User>,
  error: AuthError,
  signedOutReason: AuthErrorCode | undefined,
): Promise<void> {
  const state = await connection.withVault((vault) => vault.open())
  // Signed out meanwhile is signed out, and no failure.
  if (error.code === 'signed_out') return machine.apply(state)
  const isLive = state.status === 'live'
  if (signedOutReason && !isLive) return machine.apply(signedOut('no_session'), signedOutReason)
  machine.signInFailure = error
  // In a page that stood still it is old news whom the vault has: it is asked again, and the failure shown with its answer.
  if (connection.isAway) return
  if (isLive && DEVELOPMENT && process.env.NODE_ENV !== 'production') {
    page.warn?.(`the sign-in failed, and the user of before is still signed in: ${error.message}`)
  }
  // A sign-out before it, which the vault still speaks of, hides no failure of a sign-in that was begun since.
  if (!isLive && !machine.shown) return machine.showError(error)
  await machine.apply(state, error.code, error)
}

function navigateTo<User>({ page, navigate }: SignInParts<User>, target: string): void {
  const path = localPath(page.location.href, target) ?? '/'
  if (!navigate) return (page.navigation ?? browserNavigation).goTo(path)
  try {
    navigate(path)
  } catch (error) {
    // The application's own mistake: it is nothing to the sign-in.
    page.timer(() => {
      throw error
    }, 0)
  }
}

import { AuthError, type AuthErrorCode } from '../errors.ts'
import { completeSignIn } from './sign-in/front-channel.ts'
import type { Core } from './core.ts'
import { DEVELOPMENT } from './page/environment.ts'
import { localPath } from './local-path.ts'
import type { RedirectBack } from './redirect.ts'
import { hintOf } from './restore.ts'
import { createTransactions, type SignInRecord } from './transactions.ts'

/** The way back from the provider: one exchange in the vault, then to where the user was going. */
export async function finishSignIn<User>(
  core: Core<User>,
  { state, parameters }: RedirectBack,
): Promise<void> {
  const { env, options } = core
  const transactions = createTransactions(core)
  // Taken before the code is sent, so that no reload sends it again (RFC 6749 §4.1.2).
  const record = transactions.take(state)
  try {
    if (record === null) throw usedBefore()
    // RFC 9700 §4.16. Who frames this page could play with the sign-in: Firefox does not say.
    if (env.location.ancestorOrigins?.length) throw framed()
    const { transaction, replaces } = record ?? {}
    const found = await core.withVault(async (vault) => {
      if (core.signOuts) throw new AuthError('signed_out', { message: 'Signed out meanwhile.' })
      return completeSignIn(vault, core.settings, { parameters, transaction, replaces })
    })
    await core.apply(found)
    // A sign-out may have overtaken it.
    if (options.silentSignIn && core.state?.status === 'live') hintOf(core).give()
    if (DEVELOPMENT && found.status === 'live' && !found.renewable) warnNoRefreshToken(core)
  } catch (error) {
    // A state this tab has seen, or one among others of its own, is not the one that was waited for.
    const unknown = record === null || transactions.any() ? 'state_mismatch' : 'transaction_missing'
    await failed(core, error, record ?? undefined, unknown)
  }
  if (!record) return
  const returnTo = localPath(env, record.returnTo) ?? '/'
  if (!options.navigate) {
    env.replaceUrl(returnTo, true)
    return
  }
  try {
    options.navigate(returnTo)
  } catch (error) {
    // The application's own: nothing of the sign-in.
    env.timer(() => {
      throw error
    }, 0)
  }
}

function usedBefore(): AuthError {
  return new AuthError('state_mismatch', {
    message: 'This response was used already. Begin a new sign-in with signIn().',
  })
}

function framed(): AuthError {
  return new AuthError('authorization_failed', {
    message: 'This page is in a frame. Open it in a tab of its own, then sign in.',
  })
}

/** A response that gave no session: whoever was signed in still is, and everybody learns why. */
async function failed<User>(
  { driver, withVault, apply }: Core<User>,
  error: unknown,
  record: SignInRecord | undefined,
  unknown: AuthErrorCode,
): Promise<void> {
  const failure = driver.note(error)
  const state = await withVault((vault) => vault.open())
  const nobody = (reason: AuthErrorCode) => apply({ status: 'empty', reason: 'no_session' }, reason)
  // Signed out meanwhile is signed out, and no failure.
  if (failure.code === 'signed_out') return apply(state)
  if (state.status === 'live') return apply(state, failure.code)
  // Back button, bookmark, pasted or foreign: nothing was begun here that could fail.
  if (!record) return nobody(unknown)
  if (failure.code === 'state_mismatch') return nobody('state_mismatch')
  // OpenID Connect Core §3.1.2.6: the provider has no session either.
  if (record.silent && failure.code.endsWith('_required')) return nobody(failure.code)
  driver.fail(failure)
}

function warnNoRefreshToken<User>({ env, settings }: Core<User>): void {
  if (!/offline_access/.test(settings.scope)) return
  env.warn?.(
    'offline_access was asked for, but no refresh token came. Some providers give one only with prompt=consent: try `offlineAccess: "consent"`.',
  )
}

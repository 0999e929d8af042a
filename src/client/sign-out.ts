import type { BrowserVault } from '../vault/vault.ts'
import type { Core } from './core.ts'
import type { SignOutOptions } from './types.ts'

/** Ends the session in every tab, then at the provider. Final here at once, whatever became of the vault. */
export async function signOut<User>(
  core: Core<User>,
  vault: BrowserVault,
  {
    provider = true,
    postLogoutRedirectUri = core.options.postLogoutRedirectUri ?? '/',
  }: SignOutOptions = {},
): Promise<void> {
  const { env, settings, state } = core
  // Before anything ends: a caller's mistake is nothing to the session.
  const back = absolute(postLogoutRedirectUri, env.location.href)
  // No silent way back in (`silentSignIn`).
  env.localStorage.set(`${settings.name}.session`, null)
  core.ending++
  try {
    // The vault is told before the application renders: no refresh of this session begins or ends meanwhile.
    const ended = vault.endSession({ provider, postLogoutRedirectUri: back })
    // Awaited below; a failure meanwhile is not an unhandled one.
    ended.catch(() => {})
    await core.apply({ status: 'empty', reason: 'signed_out' })
    const { url } = await ended
    // Where nobody was signed in, there is nothing to end at the provider either.
    if (url && state?.status !== 'empty') env.location.assign(url)
  } finally {
    core.ending--
  }
}

function absolute(uri: string, here: string): string {
  try {
    return new URL(uri, here).href
  } catch {
    throw new TypeError('signOut: `postLogoutRedirectUri` must be a URL')
  }
}

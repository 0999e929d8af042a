import type { EndedSession, EndSession, VaultState } from '../../vault/vault.ts'
import type { SignOutOptions } from '../auth-client.ts'
import type { PageEnvironment } from '../page/environment.ts'
import { signedOut, type SessionControl } from './session-control.ts'
import type { SessionHint } from './session-hint.ts'

export interface SignOutParts {
  page: Pick<PageEnvironment, 'location'>
  control: SessionControl
  hint: SessionHint
  /** The client's option. */
  postLogoutRedirectUri: string | undefined
  /** Settles when a vault is open, with what it said then. @throws AuthError */
  opened(): Promise<{ state: VaultState }>
  /** @throws AuthError */
  endSession(how: EndSession): Promise<EndedSession>
}

/** Ends the session in every tab, then at the provider. Final here at once, whatever became of the vault. */
export async function signOut(parts: SignOutParts, options: SignOutOptions = {}): Promise<void> {
  const { page, control, hint } = parts
  const { provider = true, postLogoutRedirectUri = parts.postLogoutRedirectUri ?? '/' } = options
  // Before anything ends: a caller's mistake is nothing to the session.
  const redirectUri = absoluteUrl(postLogoutRedirectUri, page.location.href)
  await control.duringSignOut(async () => {
    const before = control.state()
    // No silent way back in.
    hint.clear()
    // The vault is told before the application renders: no refresh of this session begins or ends meanwhile.
    const ended = parts.endSession({ provider, postLogoutRedirectUri: redirectUri })
    // Awaited below: a failure before that is not an unhandled one.
    ended.catch(() => {})
    await control.apply(signedOut('signed_out'))
    const { url } = await ended
    const { status } = before ?? (await parts.opened()).state
    // Where no user was signed in, there is nothing to end at the provider either.
    if (url !== undefined && status !== 'empty') page.location.assign(url)
  })
}

function absoluteUrl(uri: string, base: string): string {
  try {
    return new URL(uri, base).href
  } catch {
    throw new TypeError('signOut: `postLogoutRedirectUri` must be a URL')
  }
}

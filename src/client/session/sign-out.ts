import { attempt } from '../../vault/attempt.ts'
import type { Vault, VaultState } from '../../vault/vault.ts'
import type { SignOutOptions } from '../auth-client.ts'
import type { PageEnvironment } from '../page/environment.ts'
import type { StoredFlag } from '../page/stored-flag.ts'
import type { SessionMachine } from './session-machine.ts'
import { signedOutState } from './signed-out-state.ts'
import { signedOut } from './session.ts'

export interface SignOutParts {
  /** Prefix of this client's names in storage. */
  name: string
  /** Names this page. */
  id: string
  page: Pick<PageEnvironment, 'location'>
  machine: Pick<SessionMachine, 'vaultState' | 'apply' | 'signOutsUnderWay'>
  hint: StoredFlag
  /** Tells the other tabs of this application that the user signed out. */
  announceSignOut(): void
  /** Writes it down for those that stand still. */
  noteSignOut(): void
  connection: {
    open(): Promise<{ state: VaultState }>
    withVault<T>(call: (vault: Vault) => Promise<T>): Promise<T>
  }
}

/** Ends the session in every tab, then at the provider. Final here at once, whatever became of the vault. */
export async function signOut(
  parts: SignOutParts,
  client: Pick<SignOutOptions, 'postLogoutRedirectUri'>,
  options: SignOutOptions = {},
): Promise<void> {
  const { page, name, id, machine, hint, connection } = parts
  const { provider = true, parameters } = options
  const target = options.postLogoutRedirectUri ?? client.postLogoutRedirectUri ?? '/'
  const postLogoutRedirectUri = attempt(() => new URL(target, page.location.href).href)
  // Before anything ends: a caller's mistake is nothing to the session.
  if (postLogoutRedirectUri === undefined) {
    throw new TypeError('signOut: `postLogoutRedirectUri` must be a URL')
  }
  const before = machine.vaultState
  const how = {
    // Where no user was signed in, the vault need not look for the provider.
    provider: provider && before?.status !== 'empty',
    state: signedOutState(name),
    by: id,
    ...{ postLogoutRedirectUri, parameters },
  }
  const announced = (error: unknown): never => {
    parts.announceSignOut()
    throw error
  }
  machine.signOutsUnderWay++
  try {
    // No silent way back in.
    hint.set(false)
    parts.noteSignOut()
    // The vault is told before the application renders: no refresh of this session begins or ends meanwhile.
    const ended = connection.withVault((vault) =>
      // Where the vault does not answer, the page tells the other tabs itself: before another vault is opened in its
      // place, which would still know the user.
      vault.endSession(how).catch(announced),
    )
    // And where there is no vault. Awaited below for the caller.
    ended.catch(() => parts.announceSignOut())
    await machine.apply(signedOut('signed_out'))
    const { url } = await ended
    const { status } = before ?? (await connection.open()).state
    // Where no user was signed in, there is nothing to end at the provider either.
    if (url !== undefined && status !== 'empty') page.location.assign(url)
  } finally {
    machine.signOutsUnderWay--
  }
}

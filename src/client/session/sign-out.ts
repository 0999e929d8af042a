import type { Vault, VaultState } from '../../vault/vault.ts'
import type { SignOutOptions } from '../auth-client.ts'
import type { PageEnvironment } from '../page/environment.ts'
import type { StoredFlag } from '../page/stored-flag.ts'
import type { SessionMachine } from './session-machine.ts'
import { signedOut } from './vault-state.ts'

export interface SignOutParts {
  /** Prefix of this client's names in storage. */
  name: string
  page: Pick<PageEnvironment, 'location'>
  machine: Pick<SessionMachine, 'vaultState' | 'apply' | 'duringSignOut'>
  hint: StoredFlag
  /** Tells the other tabs of this application that the user signed out. */
  announceSignOut(): void
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
  const { page, machine, hint, connection } = parts
  const { provider = true, postLogoutRedirectUri = client.postLogoutRedirectUri ?? '/' } = options
  const { parameters } = options
  // Before anything ends: a caller's mistake is nothing to the session.
  const how = {
    provider,
    state: signedOutState(parts.name),
    postLogoutRedirectUri: absoluteUrl(postLogoutRedirectUri, page.location.href),
    ...(parameters && { parameters }),
  }
  await machine.duringSignOut(async () => {
    const before = machine.vaultState
    // No silent way back in.
    hint.set(false)
    // The vault is told before the application renders: no refresh of this session begins or ends meanwhile.
    // Where no user was signed in, the vault need not look for the provider.
    const atProvider = provider && before?.status !== 'empty'
    const announced = (error: unknown): never => {
      parts.announceSignOut()
      throw error
    }
    const ended = connection.withVault((vault) =>
      // Where the vault does not answer, the page tells the other tabs itself: before another vault is opened in its
      // place, which would still know the user.
      vault.endSession({ ...how, provider: atProvider }).catch(announced),
    )
    // And where there is no vault. Awaited below for the caller.
    ended.catch(() => parts.announceSignOut())
    await machine.apply(signedOut('signed_out'))
    const { url } = await ended
    const { status } = before ?? (await connection.open()).state
    // Where no user was signed in, there is nothing to end at the provider either.
    if (url !== undefined && status !== 'empty') page.location.assign(url)
  })
}

/** Comes back from the provider (RP-Initiated Logout §2), and is taken out of the address bar. */
export const signedOutState = (name: string): string => `${name}.signed-out`

function absoluteUrl(uri: string, base: string): string {
  try {
    return new URL(uri, base).href
  } catch {
    throw new TypeError('signOut: `postLogoutRedirectUri` must be a URL')
  }
}

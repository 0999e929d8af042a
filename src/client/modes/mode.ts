import type { Announcements } from '../../vault/announcements.ts'
import type { Vault, VaultState } from '../../vault/vault.ts'
import type { PageEnvironment } from '../page/environment.ts'
import type { Session } from '../session/session.ts'
import type { RedirectBack } from '../sign-in/sign-in-flow.ts'
import type { SignInParts } from '../sign-in/sign-in-parts.ts'
import type { SignIn } from '../sign-in/sign-in.ts'

/** A vault that is open, and where it is. */
export interface OpenedVault<V extends Vault> {
  vault: V
  state: VaultState
  kind: 'worker' | 'page' | 'bff'
  /** Why it is not the one that was wanted. */
  fallback?: string
  /** It lives on over a reload of the only tab. */
  reload?: 'worker' | undefined
}

/**
 * What one mode gives the client: who holds the refresh token, and how a user gets in. Nothing else of the client knows
 * which mode it is.
 */
export interface Mode<V extends Vault = Vault> {
  /** Prefix of this client's names in storage. */
  readonly name: string
  /** Names the note of the last sign-out, for pages with vaults of their own that stand still and can not hear of it. */
  readonly note?: string
  /** What a server's page shows, before the first vault is opened: in BFF mode nobody then has to be asked. */
  hydrate?(session: Session<unknown>): void
  /**
   * @param offer a vault that answered after another was taken; it is closed when the client does not want it
   * @throws AuthError `vault_unavailable`
   */
  openVault(page: PageEnvironment, offer: (late: OpenedVault<V>) => void): Promise<OpenedVault<V>>
  /** What the tabs of this application tell each other beside the vault, which may be dead. */
  openAnnouncements(page: PageEnvironment): Announcements
  /**
   * Whether this page load is an answer of ours; synchronous, and out of the address bar before a router reads it
   * (RFC 9700 §4.2.4). Asked once, as the client is first used.
   */
  recognize(page: PageEnvironment): RedirectBack | undefined
  /** The way in, in a chunk of its own: fetched when a user signs in or comes back. */
  loadSignIn<User>(
    parts: Omit<SignInParts<User>, 'flow'> & { connection: VaultAccess<V> },
  ): Promise<SignIn<User>>
}

/** Runs a call in the open vault, whichever that is by then. */
export interface VaultAccess<V extends Vault> {
  withVault<T>(call: (vault: V) => Promise<T>): Promise<T>
  /** The open vault; undefined while there is none. */
  readonly opened: OpenedVault<V> | undefined
}

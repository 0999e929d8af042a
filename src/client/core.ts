import type { BrowserVault, VaultState } from '../vault/vault.ts'
import type { PageEnvironment } from './page/environment.ts'
import type { OpenedVault } from './open-vault.ts'
import type { AuthClientOptions } from './options.ts'
import type { createSessionDriver } from './session-driver.ts'
import type { Session, SignedOutReason } from './session.ts'
import type { Settings } from './settings.ts'
import type { Tokens } from './tokens.ts'

/** A client's inside, shared with the parts that are fetched when they are first needed. */
export interface Core<User> {
  readonly options: AuthClientOptions<User>
  readonly settings: Settings
  readonly driver: ReturnType<typeof createSessionDriver<User>>
  readonly tokens: Tokens
  env: PageEnvironment
  opening: Promise<OpenedVault>
  opened: OpenedVault | undefined
  /** The last word of the vault, without its token. */
  state: VaultState | undefined
  /** `sub` of who is signed in. */
  subject: string | undefined
  /** Sign-outs so far: a sign-in that one overtook is over. */
  signOuts: number
  /** Sign-outs under way: until they are through, nobody is signed in by a late answer. */
  ending: number
  open(): Promise<OpenedVault>
  adopt(found: OpenedVault): OpenedVault
  /** The vault said something: tokens of another user are gone at once, the session follows. */
  apply(state: VaultState, because?: SignedOutReason): Promise<void> | void
  /** Something failed that is not the session: whoever was signed in still is. */
  fail(error: unknown): Promise<void> | void
  whenSettled(): Promise<Session<User>>
  withVault<T>(run: (vault: BrowserVault) => Promise<T>): Promise<T>
}

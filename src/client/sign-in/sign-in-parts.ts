import type { Vault } from '../../vault/vault.ts'
import type { PageEnvironment } from '../page/environment.ts'
import type { EventLog } from '../session/event-log.ts'
import type { StoredFlag } from '../page/stored-flag.ts'
import type { SessionMachine } from '../session/session-machine.ts'
import type { SignInFlow } from './sign-in-flow.ts'

/** What signing in uses of the client. */
export interface SignInParts<User> {
  page: PageEnvironment
  machine: SessionMachine<User>
  /** Of the page: what they hold is of the sign-in before. */
  tokens: { signIns: number }
  log: EventLog
  flow: SignInFlow
  hint: StoredFlag
  /** Whether this client restores lost sessions by `silentSignIn`. */
  keepsHint: boolean
  /** The application's way to go to a path of its own. */
  navigate: ((path: string) => void) | undefined
  /** Prefix of this client's names in storage. */
  name: string
  connection: {
    /** Settles when a vault is open. @throws AuthError */
    open(): Promise<unknown>
    withVault<T>(call: (vault: Vault) => Promise<T>): Promise<T>
    /** Whether what the vault answered may be over: the page stood still, and asks again what is so. */
    readonly isAway: boolean
  }
}

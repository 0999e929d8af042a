import type { VaultState } from '../../vault/vault.ts'
import type { PageEnvironment } from '../page/environment.ts'
import type { EventLog } from '../session/event-log.ts'
import type { SessionControl } from '../session/session-control.ts'
import type { SessionHint } from '../session/session-hint.ts'
import type { SessionMachine } from '../session/session-machine.ts'
import type { SignInFlow } from './sign-in-flow.ts'

/** What signing in uses of the client. */
export interface SignInParts<User> {
  page: PageEnvironment
  machine: SessionMachine<User>
  control: SessionControl
  log: EventLog
  flow: SignInFlow
  hint: SessionHint
  /** Whether this client restores lost sessions by `silentSignIn`. */
  keepsHint: boolean
  /** The application's way to go to a path of its own. */
  navigate: ((path: string) => void) | undefined
  /** Prefix of this client's names in storage. */
  name: string
  /** Settles when a vault is open. @throws AuthError */
  opened(): Promise<unknown>
  /** What the vault says now. @throws AuthError */
  askVault(): Promise<VaultState>
}

import type { Vault } from '../vault/vault.ts'
import { createStateListener } from './first-state.ts'
import { lazy } from './lazy.ts'
import type { Mode } from './modes/mode.ts'
import type { AuthClientOptions } from './options/options.ts'
import type { PageEnvironment } from './page/environment.ts'
import { createStoredFlag, type StoredFlag } from './page/stored-flag.ts'
import { checkUser } from './session/check-user.ts'
import { createEventLog, type EventLog } from './session/event-log.ts'
import { SessionMachine } from './session/session-machine.ts'
import { signedIn } from './session/signed-in.ts'
import type { SignIn } from './sign-in/sign-in.ts'
import { TokenCache } from './tokens/token-cache.ts'
import { VaultConnection } from './vault-connection.ts'

/** What a client in a page is made of. */
export interface ClientParts<User, V extends Vault> {
  page: PageEnvironment
  log: EventLog
  machine: SessionMachine<User>
  tokens: TokenCache
  connection: VaultConnection<V>
  /** That this device had a session, for `silentSignIn`: the only thing left in localStorage, and no secret. */
  hint: StoredFlag
  /** Settles when a user is signed in, with their `sub`. @throws AuthError */
  signedIn(): Promise<string>
  /** The way in and back, fetched when it is needed. @throws AuthError */
  loadSignIn(): Promise<SignIn<User>>
}

/** The composition root: makes each part of what it uses. Only here all of them are seen. */
export function createParts<User, V extends Vault>(
  page: PageEnvironment,
  options: AuthClientOptions<User>,
  mode: Mode<V>,
): ClientParts<User, V> {
  const { name } = mode
  const { userSchema, navigate } = options
  const silentSignIn = Boolean(options.silentSignIn)
  const log = createEventLog(page.now)
  const hint = createStoredFlag(page.localStorage, `${name}.session`)
  const tokens = new TokenCache({
    page,
    minValidity: options.renewal?.minValidity ?? 0,
    withVault: (call) => connection.withVault(call),
  })
  const machine = new SessionMachine<User>({
    log,
    tokens,
    signedOutMark: createStoredFlag(page.sessionStorage, `${name}.signed-out`),
    checkUser: (claims) => checkUser(page, userSchema, claims),
  })
  const whoIsSignedIn = () => signedIn({ machine, tokens }, () => connection.open())
  const loadSignIn: () => Promise<SignIn<User>> = lazy(page, () =>
    mode.loadSignIn(
      { page, machine, log, hint, name, navigate, connection, keepsHint: silentSignIn },
      connection,
    ),
  )
  const redirectBack = mode.recognize(page)
  const connection: VaultConnection<V> = new VaultConnection({
    page,
    mode,
    listener: machine,
    onState: createStateListener({ machine, hint, loadSignIn, silentSignIn, redirectBack }),
  })
  return {
    ...{ page, log, machine, tokens, connection, hint, loadSignIn },
    signedIn: whoIsSignedIn,
  }
}

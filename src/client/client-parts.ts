import type { UserClaims, Vault } from '../vault/vault.ts'
import { lazy } from './lazy.ts'
import type { Mode } from './modes/mode.ts'
import type { AuthClientOptions } from './options/options.ts'
import type { PageEnvironment } from './page/environment.ts'
import { checkUser } from './session/check-user.ts'
import { createEventLog, type EventLog } from './session/event-log.ts'
import { SessionControl } from './session/session-control.ts'
import { createSessionHint, type SessionHint } from './session/session-hint.ts'
import { createSessionMachine, type SessionMachine } from './session/session-machine.ts'
import { setTokens } from './session/session-tokens.ts'
import { signedIn } from './session/signed-in.ts'
import type { SignIn } from './sign-in/sign-in.ts'
import type { AccessTokenOptions } from './auth-client.ts'
import { createTokens } from './tokens/tokens.ts'
import type { TokenCache } from './tokens/token-cache.ts'
import { VaultConnection } from './vault-connection.ts'

/** What a client in a page is made of. */
export interface ClientParts<User, V extends Vault> {
  log: EventLog
  machine: SessionMachine<User>
  control: SessionControl<User>
  cache: TokenCache
  connection: VaultConnection<V>
  hint: SessionHint
  getAccessToken(options?: AccessTokenOptions): Promise<string>
  /** Settles when a user is signed in. @throws AuthError */
  signedIn(): Promise<void>
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
  const log = createEventLog(page.now)
  const connection = new VaultConnection(page, mode)
  const opened = () => connection.open()
  const { cache, getAccessToken } = createTokens({
    page,
    minValidity: options.renewal?.minValidity ?? 0,
    withVault: (call) => connection.withVault(call),
    signedIn: () => signedIn({ machine, cache, opened }),
  })
  const machine: SessionMachine<User> = createSessionMachine<User>({
    log,
    checkUser: (claims) => makeUser(page, options, claims),
    beforeChange: (next, live) => setTokens(cache, next, live),
  })
  const { sessionStorage } = page
  const control = new SessionControl({ machine, cache, log, sessionStorage, name })
  const hint = createSessionHint(page.localStorage, name)
  const loadSignIn = lazy(page, async () => {
    const { createFlow, createSignIn } = await mode.loadSignIn()
    return createSignIn<User>({
      ...{ page, machine, control, log, hint, name, opened },
      flow: createFlow(page, connection),
      keepsHint: Boolean(options.silentSignIn),
      navigate: options.navigate,
      askVault: () => connection.withVault((vault) => vault.open()),
    })
  })
  const parts = { log, machine, control, cache, connection, hint, getAccessToken, loadSignIn }
  return { ...parts, signedIn: () => signedIn({ machine, cache, opened }) }
}

/** The user that the application's schema makes of the claims; without one, the claims. */
function makeUser<User>(
  page: PageEnvironment,
  { userSchema }: AuthClientOptions<User>,
  claims: UserClaims,
): User | Promise<User> {
  // Without a schema the user's type is the claims': the overloads of createAuthClient say so.
  return userSchema ? checkUser(userSchema, claims, page) : (claims as User)
}

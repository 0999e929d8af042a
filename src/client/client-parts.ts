import type { UserClaims, Vault } from '../vault/vault.ts'
import type { Mode } from './modes/mode.ts'
import type { AuthClientOptions } from './options/options.ts'
import type { PageEnvironment } from './page/environment.ts'
import { checkUser } from './session/check-user.ts'
import { createEventLog, type EventLog } from './session/event-log.ts'
import { createSessionControl, type SessionControl } from './session/session-control.ts'
import { createSessionHint, type SessionHint } from './session/session-hint.ts'
import { createSessionMachine, type SessionMachine } from './session/session-machine.ts'
import { setTokens } from './session/session-tokens.ts'
import { signedIn } from './session/signed-in.ts'
import { createVaultListener } from './session/vault-listener.ts'
import { Arrival } from './sign-in/arrival.ts'
import { SignInStarter } from './sign-in/start-sign-in.ts'
import { createTokens, type Tokens } from './tokens/tokens.ts'
import { VaultConnection } from './vault-connection.ts'

/** What a client in a page is made of. */
export interface ClientParts<User, V extends Vault> {
  log: EventLog
  machine: SessionMachine<User>
  control: SessionControl
  tokens: Tokens
  connection: VaultConnection<V>
  starter: SignInStarter<User>
  arrival: Arrival<User>
  hint: SessionHint
}

/** The composition root: makes each part of what it uses. Only here all of them are seen. */
export function createParts<User, V extends Vault>(
  page: PageEnvironment,
  options: AuthClientOptions<User>,
  mode: Mode<V>,
): ClientParts<User, V> {
  const { name } = mode
  const log = createEventLog(page.now)
  const connection = new VaultConnection<V>({
    openVault: (offer) => mode.openVault(page, offer),
    monotonic: page.monotonic,
    timer: page.timer,
  })
  const opened = () => connection.open()
  const tokens = createTokens({
    page,
    minValidity: options.renewal?.minValidity ?? 0,
    withVault: (call) => connection.withVault(call),
    signedIn: () => signedIn({ machine, cache, opened }),
  })
  const { cache } = tokens
  const machine: SessionMachine<User> = createSessionMachine<User>({
    log,
    checkUser: userMaker(page, options),
    beforeChange: (next, live) => setTokens(cache, next, live),
  })
  const { sessionStorage } = page
  const control = createSessionControl({ machine, tokens: cache, log, sessionStorage, name })
  const hint = createSessionHint(page.localStorage, name)
  const flow = mode.createSignInFlow(page, connection)
  const starter = new SignInStarter({ page, machine, control, log, flow, name, opened })
  const arrival = new Arrival({
    ...{ page, machine, control, log, flow, starter },
    hint: options.silentSignIn ? hint : undefined,
    navigate: options.navigate,
    askVault: () => connection.withVault((vault) => vault.open()),
  })
  const takeUp: Arrival<User>['takeUp'] = (state) => arrival.takeUp(state)
  connection.listen(createVaultListener({ log, cache, machine, control, takeUp }))
  return { log, machine, control, tokens, connection, starter, arrival, hint }
}

/** The user that the application's schema makes of the claims; without one, the claims. */
function userMaker<User>(page: PageEnvironment, { userSchema }: AuthClientOptions<User>) {
  return (claims: UserClaims): User | Promise<User> =>
    // Without a schema the user's type is the claims': the overloads of createAuthClient say so.
    userSchema ? checkUser(userSchema, claims, page) : (claims as User)
}

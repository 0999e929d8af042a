import { AuthError } from '../errors.ts'
import type { UserClaims, Vault } from '../vault/vault.ts'
import type { AuthClient } from './auth-client.ts'
import type { ClientParts } from './client-parts.ts'
import { diagnosticsOf } from './diagnostics.ts'
import { browserMode } from './modes/browser.ts'
import type { Mode } from './modes/mode.ts'
import type { AuthClientOptions, StandardSchema } from './options/options.ts'
import { settingsOf } from './options/settings.ts'
import { browserEnvironment, type PageEnvironment } from './page/environment.ts'
import { RunningClient } from './running-client.ts'
import type { Session } from './session/session.ts'
import { signOut } from './session/sign-out.ts'
import { whenSettled } from './session/signed-in.ts'
import { createAccessTokenObserver } from './tokens/access-token-observer.ts'
import { PENDING } from './tokens/token-entry.ts'

/**
 * One client for one provider: the session, its tokens, and the way in and out. Constructing it only
 * checks the options; first use starts it.
 * @example const auth = createAuthClient({ issuer: 'https://id.example.com', clientId: 'spa' })
 * @throws TypeError naming the wrong option
 */
export function createAuthClient<User>(
  options: AuthClientOptions<User> & { userSchema: StandardSchema<User> },
): AuthClient<User>
export function createAuthClient(options: AuthClientOptions): AuthClient<UserClaims>
export function createAuthClient<User>(options: AuthClientOptions<User>): AuthClient<User> {
  return createClient(options, browserEnvironment)
}

/** The same with another page: tests own time, network, tabs and location. */
export function createClient<User = UserClaims>(
  options: AuthClientOptions<User>,
  findPage: () => PageEnvironment | undefined,
): AuthClient<User> {
  return createClientIn(browserMode(options, settingsOf(options)), options, findPage)
}

/** The same in any mode. */
export function createClientIn<User, V extends Vault>(
  mode: Mode<V>,
  options: AuthClientOptions<User>,
  findPage: () => PageEnvironment | undefined,
): AuthClient<User> {
  let running: RunningClient<User, V> | undefined

  /** First use: cleans the URL synchronously, then asks the vault. Undefined on a server, where nothing happens. */
  function use(): ClientParts<User, V> | undefined {
    const page = running?.page ?? findPage()
    if (!page) return undefined
    running ??= new RunningClient(page, options, mode)
    running.resume()
    return running.parts
  }

  function inPage<T>(
    run: (parts: ClientParts<User, V>, page: PageEnvironment) => Promise<T>,
  ): Promise<T> {
    const parts = use()
    return running && parts ? run(parts, running.page) : Promise.reject(onServerError())
  }

  const client: AuthClient<User> = {
    getSession: () => use()?.machine.get() ?? RESTORING,
    subscribe: (listener) => use()?.machine.subscribe(listener) ?? ignore,
    observe: (listener) => use()?.log.observe(listener) ?? ignore,
    start() {
      use()
      running?.start()
    },
    stop: () => running?.stop(),
    whenSettled: async () => {
      const parts = use()
      return parts ? whenSettled(parts) : RESTORING
    },
    signIn: (given = {}) =>
      inPage(async ({ loadSignIn, control }, page) => {
        // Read at once: a moment later the browser has forgotten the click.
        const automatic = given.automatic ?? page.userActivation() === false
        try {
          await (await loadSignIn()).start(given, automatic)
        } catch (error) {
          // A caller's mistake (TypeError) is nothing to the session.
          if (error instanceof AuthError) await control.fail(error)
          throw error
        }
      }),
    signOut: (given) => inPage((parts, page) => signOut(page, parts, options, given)),
    getAccessToken: (given) => inPage((parts) => parts.getAccessToken(given)),
    getTokenResponse: (need) => running?.parts.cache.response(need),
    getAccessTokenState: (need) => use()?.cache.state(need) ?? PENDING,
    getRenewal: (need) => running?.parts.cache.renewal(need) ?? 'idle',
    subscribeAccessToken: (listener, need = {}, { watch = true } = {}) =>
      use()?.cache.subscribe(need, listener, watch) ?? ignore,
    observeAccessToken: (need = {}) => createAccessTokenObserver(client, need),
    getUserInfo: () =>
      inPage(async ({ signedIn, connection, cache }) => {
        await signedIn()
        return connection.withVault((vault) => vault.userInfo(cache.subject))
      }),
    diagnostics: () => diagnosticsOf(running?.parts),
  }
  return client
}

const RESTORING: Session<never> = { status: 'restoring' }

function onServerError(): AuthError {
  return new AuthError('vault_unavailable', { message: 'Not on a server.' })
}

function ignore(): void {}

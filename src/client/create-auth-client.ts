import { AuthError } from '../errors.ts'
import type { UserClaims, Vault } from '../vault/vault.ts'
import type { AuthClient, Diagnostics } from './auth-client.ts'
import { browserMode } from './modes/browser.ts'
import type { Mode } from './modes/mode.ts'
import type { AuthClientOptions, StandardSchema } from './options/options.ts'
import { settingsOf } from './options/settings.ts'
import { browserEnvironment, type PageEnvironment } from './page/environment.ts'
import { RunningClient } from './running-client.ts'
import type { Session } from './session/session.ts'
import { createAccessTokenObserver } from './tokens/access-token-observer.ts'
import type { AccessTokenState } from './tokens/access-token.ts'

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

const RESTORING: Session<never> = { status: 'restoring' }
const PENDING: AccessTokenState = { status: 'pending' }

/** The same with another page: tests own time, network, tabs and location. */
export function createClient<User = UserClaims>(
  options: AuthClientOptions<User>,
  findPage: () => PageEnvironment | undefined,
): AuthClient<User> {
  return createClientIn(options, findPage, browserMode(options, settingsOf(options)))
}

/** The same in any mode. */
export function createClientIn<User, V extends Vault>(
  options: AuthClientOptions<User>,
  findPage: () => PageEnvironment | undefined,
  mode: Mode<V>,
): AuthClient<User> {
  let running: RunningClient<User, V> | undefined

  /** First use: cleans the URL synchronously, then asks the vault. Undefined on a server, where nothing happens. */
  function use(): RunningClient<User, V> | undefined {
    if (!running) {
      const page = findPage()
      if (!page) return undefined
      running = new RunningClient(page, options, mode)
    }
    running.resume()
    return running
  }

  function inPage<T>(run: (client: RunningClient<User, V>) => Promise<T>): Promise<T> {
    const client = use()
    return client ? run(client) : Promise.reject(onServerError())
  }

  const client: AuthClient<User> = {
    getSession: () => use()?.machine.get() ?? RESTORING,
    subscribe: (listener) => use()?.machine.subscribe(listener) ?? nothing,
    observe: (listener) => use()?.log.observe(listener) ?? nothing,
    start: () => use()?.start(),
    stop: () => running?.stop(),
    whenSettled: async () => (await use()?.whenSettled()) ?? RESTORING,
    signIn: (given) => inPage((client) => client.signIn(given)),
    signOut: (given) => inPage((client) => client.signOut(given)),
    getAccessToken: (given) => inPage((client) => client.tokens.getAccessToken(given)),
    getTokenResponse: (need) => running?.tokens.cache.response(need),
    getAccessTokenState: (need) => use()?.tokens.cache.state(need) ?? PENDING,
    getRenewal: (need) => running?.tokens.cache.renewal(need) ?? 'idle',
    subscribeAccessToken: (listener, need = {}, { watch = true } = {}) =>
      use()?.tokens.cache.subscribe(need, listener, watch) ?? nothing,
    observeAccessToken: (need = {}) => {
      const refresh = () => client.getAccessToken({ ...need, forceRefresh: true })
      return createAccessTokenObserver(client, need, refresh)
    },
    getUserInfo: () => inPage((client) => client.getUserInfo()),
    diagnostics: () => running?.diagnostics() ?? EMPTY_DIAGNOSTICS,
  }
  return client
}

function onServerError(): AuthError {
  return new AuthError('vault_unavailable', { message: 'Not on a server.' })
}

const nothing = () => {}

const EMPTY_DIAGNOSTICS: Diagnostics = { vault: undefined, transitions: [], errors: [] }

import { AuthError } from '../errors.ts'
import type { UserClaims, Vault } from '../vault/vault.ts'
import type { AuthClient, RequireSessionOptions, SignInOptions } from './auth-client.ts'
import { diagnosticsOf } from './diagnostics.ts'
import type { CallsOfUser } from './fetch/protected-calls.ts'
import { bffMode } from './modes/bff.ts'
import { browserMode } from './modes/browser.ts'
import type { Mode } from './modes/mode.ts'
import type { BffClientOptions } from './options/bff-options.ts'
import { checkBffOptions } from './options/check-bff-options.ts'
import type { AuthClientOptions, CommonOptions, StandardSchema } from './options/options.ts'
import { settingsOf } from './options/settings.ts'
import { DEVELOPMENT } from './page/development.ts'
import { browserEnvironment, type PageEnvironment } from './page/environment.ts'
import { PageClient } from './page-client.ts'
import type { Session } from './session/session.ts'
import { signOut } from './session/sign-out.ts'
import { createAccessTokenObserver } from './tokens/access-token-observer.ts'
import { PENDING } from './tokens/access-token.ts'

declare const process: { env: { NODE_ENV?: string } }

/**
 * One client for one provider: the session, its tokens, and the way in and out. Constructing it only
 * checks the options; first use starts it.
 * @example const auth = createAuthClient({ issuer: 'https://id.example.com', clientId: 'spa' })
 * @throws TypeError naming the wrong option
 */
export function createAuthClient<
  User,
  Listed extends string = string,
  Requested extends string = Listed,
>(
  options: ClientOptions<User, Listed, Requested> & { userSchema: StandardSchema<User> },
): AuthClient<User, Listed | Requested>
export function createAuthClient<Listed extends string = string, Requested extends string = Listed>(
  options: ClientOptions<UserClaims, Listed, Requested>,
): AuthClient<UserClaims, Listed | Requested>
export function createAuthClient<User>(options: ClientOptions<User>): AuthClient<User> {
  return createClient(options, browserEnvironment)
}

/**
 * `bff` decides: a backend's, or the browser's own. `Listed` are the resources in `protectedResources`, `Requested` those
 * of the sign-in. Where no entry names one, `Listed` is any string, and so is the client's `Resource`, which is either.
 */
type ClientOptions<User, Listed extends string = string, Requested extends string = string> =
  | (AuthClientOptions<User, Listed> & {
      resource?: Requested | readonly Requested[] | undefined
    })
  | BffClientOptions<User, Listed>

/** The same with another page: tests own time, network, tabs and location. */
export function createClient<User = UserClaims>(
  options: ClientOptions<User>,
  findPage: () => PageEnvironment | undefined,
): AuthClient<User> {
  if (options.bff === undefined) {
    return createClientIn(browserMode(options, settingsOf(options)), options, findPage)
  }
  if (DEVELOPMENT && process.env.NODE_ENV !== 'production') checkBffOptions(options)
  return createClientIn(bffMode(options), options, findPage)
}

/** The same in any mode. */
export function createClientIn<User, V extends Vault>(
  mode: Mode<V>,
  options: CommonOptions<User>,
  findPage: () => PageEnvironment | undefined,
): AuthClient<User> {
  let client: PageClient<User, V> | undefined

  /**
   * First use: cleans the URL synchronously, then asks the vault. Undefined on a server, where nothing happens.
   * @param shown what a server knew
   */
  function use(shown?: Session<User>): PageClient<User, V> | undefined {
    if (!client) {
      const page = findPage()
      if (!page) return undefined
      client = new PageClient(page, options, mode)
      if (shown) mode.hydrate?.(shown)
    }
    if (shown) client.machine.hydrate(shown)
    client.resume()
    return client
  }

  function inPage<T>(run: (client: PageClient<User, V>) => Promise<T>): Promise<T> {
    const used = use()
    return used ? run(used) : Promise.reject(onServerError())
  }

  const begin = (run: Parameters<PageClient<User, V>['begin']>[0]) => use()?.begin(run) ?? ignore
  const facade: AuthClient<User> = {
    getSession: () => use()?.machine.session ?? RESTORING,
    subscribe: (listener) => use()?.machine.listeners.on(listener) ?? ignore,
    observe: (listener) => use()?.log.observe(listener) ?? ignore,
    hydrate: (session) => void use(session),
    start: () => use()?.start(),
    stop: () => client?.stop(),
    whenSettled: () => inPage((used) => used.whenSettled()).catch(() => RESTORING),
    signIn: (given) => inPage((used) => signIn(used, given)),
    requireSession: ((given?: RequireSessionOptions) =>
      inPage((used) => requireSession(used, given))) as AuthClient<User>['requireSession'],
    signOut: (given) => inPage((used) => signOut(used, options, given)),
    getAccessToken: (given) => inPage((used) => used.getAccessToken(given)),
    fetch: async (input, init) => (await inPage(calls)).fetch(input, init),
    authorize: async (request) => (await inPage(calls)).authorize(request),
    connect: (given) => begin((chunk, used) => chunk.connect(used, facade, given)),
    watchSessionDeadline: (listener, given) =>
      begin((chunk, used) => chunk.watchSessionDeadline(used, facade, listener, given)),
    getTokenResponse: (need) => client?.tokens.entry(need).token?.response,
    getAccessTokenState: (need) => use()?.tokens.entry(need).state ?? PENDING,
    getRenewal: (need) => client?.tokens.entry(need).renewal ?? 'idle',
    subscribeAccessToken: (listener, need, { watch = true } = {}) =>
      use()?.tokens.entry(need).subscribe(listener, watch) ?? ignore,
    observeAccessToken: (need = {}) => createAccessTokenObserver(facade, need),
    getUserInfo: () => inPage(async (used) => used.userInfo(await used.signedIn())),
    diagnostics: () => diagnosticsOf(client),
  }
  return facade
}

/** Of the user whom the page shows now, and not when the part is there. */
async function calls<User, V extends Vault>({
  machine,
  loadCalls,
}: PageClient<User, V>): Promise<CallsOfUser> {
  const { shownSubject } = machine
  return (await loadCalls()).of(shownSubject)
}

async function requireSession<User, V extends Vault>(
  used: PageClient<User, V>,
  options: RequireSessionOptions | undefined,
) {
  return (await used.loadOnDemand()).requireSession(used, options, signIn)
}

/** @param signal ends it while the page has not been left */
async function signIn<User, V extends Vault>(
  { page, loadSignIn, machine }: PageClient<User, V>,
  options: SignInOptions = {},
  signal?: AbortSignal,
): Promise<void> {
  // Read at once: a moment later the browser has forgotten the click.
  const automatic = options.automatic ?? page.userActivation() === false
  // At once, too: later it would be blocked.
  const popup = options.mode === 'popup' ? page.openPopup() : undefined
  try {
    await (await loadSignIn()).start(options, automatic, popup, signal)
  } catch (error) {
    popup?.close()
    // A caller's mistake (TypeError) is nothing to the session.
    if (error instanceof AuthError) await machine.failed(error)
    throw error
  }
}

const RESTORING: Session<never> = { status: 'restoring' }

function onServerError(): AuthError {
  return new AuthError('vault_unavailable', {
    message: 'Not on a server: call it where only a browser does.',
  })
}

function ignore(): void {}

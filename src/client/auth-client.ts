import { AuthError } from '../oauth/errors.ts'
import type { UserClaims, Vault, VaultEvent } from '../vault/types.ts'
import { abortable } from './abortable.ts'
import type { Core } from './core.ts'
import { browserEnvironment, type PageEnvironment, type PageEvent } from './environment.ts'
import { openVault, within, WORKER_DEADLINE } from './open-vault.ts'
import type { AuthClientOptions } from './options.ts'
import { takeRedirectBack } from './redirect.ts'
import { createSessionDriver } from './session-driver.ts'
import type { Session } from './session.ts'
import { settingsOf } from './settings.ts'
import { signOut } from './sign-out.ts'
import { createTokens, needOf } from './tokens.ts'
import type { AccessTokenOptions, AuthClient } from './types.ts'

/**
 * One client for one provider: the session, its tokens, and the way in and out. Constructing it only
 * checks the options; first use starts it.
 * @throws TypeError naming the wrong option
 */
export function createAuthClient<User = UserClaims>(
  options: AuthClientOptions<User>,
): AuthClient<User> {
  return createClient(options, browserEnvironment)
}

/** The same with another page: tests own time, network, tabs and location. */
export function createClient<User = UserClaims>(
  options: AuthClientOptions<User>,
  findPage: () => PageEnvironment | undefined,
): AuthClient<User> {
  const settings = settingsOf(options)
  const actions = () => import('./actions.ts')
  let env: PageEnvironment | undefined
  let started = 0
  let stopListening: (() => void) | undefined

  const driver = createSessionDriver<User>(
    options.userSchema,
    () => env!.now(),
    (next, live) => {
      if (live) {
        // Another user: nothing of the one before may answer.
        if (core.subject !== live.claims.sub) tokens.close(null)
        core.subject = live.claims.sub
        tokens.close(undefined)
        if (live.token) tokens.store(live.token)
      } else if (next.status !== 'signing-in') {
        core.subject = undefined
        tokens.close(noToken(next))
      } else if (!core.subject) tokens.close(null)
    },
  )
  const { store } = driver

  const tokens = createTokens(
    () => env!,
    (need) => withVault((vault) => vault.getToken(need)),
    options.renewal?.minValidity ?? 0,
  )

  const core = {
    options,
    settings,
    driver,
    withVault,
    async open() {
      const found = await openVault(env!, options, settings)
      core.adopt(found)
      found.late?.then(async (late) => (await actions()).takeLate(core, found, late)).catch(() => {})
      return found
    },
    adopt(found) {
      core.opened = found
      core.state = found.state
      found.vault.observe((event) => {
        if (core.opened === found) onVault(event)
      })
    },
  } as Core<User>

  /** First use: cleans the URL synchronously, then asks the vault. Nothing happens on a server. */
  function use(): PageEnvironment | undefined {
    if (env) {
      stopListening ??= env.listen(onPage)
      return env
    }
    env = findPage()
    if (!env) return
    core.env = env
    stopListening = env.listen(onPage)
    const back = takeRedirectBack(core)
    if (back) driver.begin(undefined)
    core.opening = core.open()
    core.opening
      .then(async ({ state }) => {
        if (back) return (await actions()).finishSignIn(core, back)
        if (!options.silentSignIn) return driver.apply(state)
        return (await actions()).restore(core)
      })
      .catch(driver.fail)
    return env
  }

  function onVault(event: VaultEvent): void {
    if (event.type === 'token') tokens.store(event.token)
    else if (event.type === 'state') void driver.apply((core.state = event.state))
    else {
      if (event.error) driver.note(event.error)
      tokens.renewing(event.key, event.renewal)
    }
  }

  async function withVault<T>(run: (vault: Vault) => Promise<T>): Promise<T> {
    if (!use()) throw new AuthError('vault_unavailable', { message: 'Not on a server.' })
    const { vault } = await core.opening
    try {
      return await run(vault)
    } catch (error) {
      if ((error as AuthError).code === 'vault_unavailable') void actions().then((a) => a.recover(core, vault))
      throw error
    }
  }

  function onPage(event: PageEvent): void {
    if (event === 'restored') void comeBack(env!)
    else if (event === 'cached' || event === 'gone') {
      // What comes out of the back-forward cache shows nothing until it is known who is signed in.
      if (event === 'cached' && core.subject) env!.conceal(true)
      core.opened?.vault.leave()
    } else tokens.wake(event === 'wake')
  }

  async function comeBack(page: PageEnvironment): Promise<void> {
    const vault = core.opened?.vault
    try {
      if (vault) {
        await within(page, WORKER_DEADLINE, vault.open()).then(
          (state) => driver.apply((core.state = state)),
          async () => (await actions()).recover(core, vault),
        )
      }
    } catch (error) {
      driver.fail(error)
    }
    tokens.wake(true)
    // After the app has drawn what is so now.
    page.timer(() => page.conceal(false), 0)
  }

  async function whenSettled(): Promise<Session<User>> {
    use()
    await new Promise<void>((resolve) => {
      const look = () => {
        if (/^(restoring|signing-in)$/.test(store.get().status)) return
        stop()
        resolve()
      }
      const stop = store.subscribe(look)
      look()
    })
    return store.get()
  }

  function getAccessToken(asked: AccessTokenOptions = {}): Promise<string> {
    const { minValidity, forceRefresh, signal } = asked
    if (!forceRefresh && !signal?.aborted) {
      const held = tokens.held(needOf(asked), minValidity)
      if (held !== undefined) return Promise.resolve(held)
    }
    return abortable(signal, fetchAccessToken(asked))
  }

  function fetchAccessToken({ minValidity, forceRefresh, ...asked }: AccessTokenOptions): Promise<string> {
    const need = needOf(asked)
    return withVault(async (vault) => {
      const error = core.subject ? undefined : noToken(await whenSettled())
      if (error) throw error
      try {
        const issued = await vault.getToken({
          ...need,
          minValidity: minValidity ?? tokens.leastFor(need),
          force: !!forceRefresh,
        })
        if (core.subject) tokens.store(issued)
        return issued.response.access_token
      } catch (failure) {
        tokens.failed(need, failure)
        throw failure
      }
    })
  }

  return {
    getSession: () => (use(), store.get()),
    subscribe: (listener) => (use(), store.subscribe(listener)),
    start() {
      started++
      use()
    },
    stop() {
      if (started && !--started) {
        stopListening?.()
        stopListening = undefined
      }
    },
    whenSettled,
    async signIn(asked = {}) {
      // Read now: a moment later the browser has forgotten the click.
      const automatic = asked.automatic ?? use()?.touched() === false
      return withVault(async () => (await actions()).signIn(core, { ...asked, automatic }))
    },
    signOut: (asked) => withVault((vault) => signOut(core, vault, asked)),
    getAccessToken,
    getTokenResponse: (need = {}) => tokens.response(needOf(need)),
    getAccessTokenState: (need = {}) => (use(), tokens.state(needOf(need))),
    getRenewal: (need = {}) => tokens.renewal(needOf(need)),
    subscribeAccessToken: (listener, need = {}, { watch = true } = {}) =>
      use() ? tokens.subscribe(needOf(need), listener, watch) : () => {},
    getUserInfo: () => withVault((vault) => vault.userInfo()),
    diagnostics() {
      const { opened, state } = core
      const live = state?.status === 'live' ? state : undefined
      return {
        vault: opened?.kind,
        fallback: opened?.fallback,
        clockOffset: live?.offset,
        renewable: live?.renewable,
        transitions: [...driver.transitions],
        errors: [...driver.errors],
      }
    },
  }
}

/** Why a session has no tokens: `undefined` while it has, or may yet have. */
function noToken(session: Session<unknown>): AuthError | undefined {
  const { status } = session
  if (status === 'error') return session.error
  if (status !== 'signed-out' && status !== 'expired') return undefined
  return new AuthError(status === 'expired' ? 'session_expired' : 'signed_out', {
    message: `No session (${session.reason}). Call signIn() first.`,
  })
}

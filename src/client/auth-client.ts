import { AuthError } from '../oauth/errors.ts'
import type { UserClaims, Vault, VaultEvent, VaultState } from '../vault/types.ts'
import { browserEnvironment, type PageEnvironment } from './environment.ts'
import { openVault, within, type OpenedVault } from './open-vault.ts'
import { settingsOf, type AuthClientOptions } from './options.ts'
import { createSessionDriver } from './session-driver.ts'
import type { Session } from './session.ts'
import { createSignIn } from './sign-in.ts'
import { createTokens, needOf } from './tokens.ts'
import type { AccessTokenOptions, AuthClient, SignOutOptions } from './types.ts'

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
  let page: PageEnvironment | undefined
  let started = 0
  let stopListening: (() => void) | undefined
  let opening: Promise<OpenedVault> | undefined
  let opened: OpenedVault | undefined
  let state: VaultState | undefined
  let subject: string | undefined

  const driver = createSessionDriver<User>(
    options.userSchema,
    () => page!.now(),
    (next, vaultState) => {
      const { status } = next
      if (vaultState?.status === 'live') {
        // Another user: nothing of the one before may answer.
        if (subject !== vaultState.claims.sub) tokens().close(null)
        subject = vaultState.claims.sub
        tokens().close(undefined)
        if (vaultState.token) tokens().store(vaultState.token)
      } else if (status === 'signing-in') {
        // Who is signed in keeps their tokens until the page is gone.
        if (subject === undefined) tokens().close(null)
      } else {
        subject = undefined
        tokens().close(errorOf(next))
      }
    },
  )
  const { store } = driver

  let made: ReturnType<typeof createTokens> | undefined
  const tokens = () =>
    (made ??= createTokens(
      page!,
      (need) => withVault((vault) => vault.getToken(need)),
      options.renewal?.minValidity ?? 0,
    ))

  /** First use: cleans the URL synchronously, then asks the vault. */
  function ensureStarted(): PageEnvironment | undefined {
    if (page) {
      stopListening ??= page.listen(onPage)
      return page
    }
    page = findPage()
    if (!page) return undefined
    stopListening = page.listen(onPage)
    const finish = signingIn.takeBack(page)
    opening = open(page)
    opening
      .then(({ state: found }) => (finish ? finish() : signingIn.restore(found)))
      .catch(driver.fail)
    return page
  }

  async function open(env: PageEnvironment): Promise<OpenedVault> {
    const found = await openVault(env, options, settings)
    adopt(found)
    found.late?.then((late) => {
      // The worker answered after all: taken while nothing is lost by it.
      if (opened !== found || state?.status === 'live' || store.get().status === 'signing-in') {
        return late.vault.close()
      }
      found.vault.close()
      opening = Promise.resolve(late)
      adopt(late)
      void driver.apply(late.state)
    }, () => {})
    return found
  }

  function adopt(found: OpenedVault): void {
    opened = found
    state = found.state
    found.vault.observe((event) => {
      if (opened === found) onVault(event)
    })
  }

  function onVault(event: VaultEvent): void {
    if (event.type === 'token') tokens().store(event.token)
    else if (event.type === 'renewal') {
      if (event.error) driver.note(event.error)
      tokens().renewing(event.key, event.renewal)
    } else {
      state = event.state
      void driver.apply(event.state)
    }
  }

  async function withVault<T>(run: (vault: Vault) => Promise<T>): Promise<T> {
    if (!ensureStarted() || !opening) {
      throw new AuthError('vault_unavailable', {
        message: 'There is no browser here. Call this from the page, not on the server.',
      })
    }
    const { vault } = await opening
    try {
      return await run(vault)
    } catch (error) {
      if (error instanceof AuthError && error.code === 'vault_unavailable') void reopen(vault)
      throw error
    }
  }

  /** The worker died. Another begins empty: what it held is lost, the tree stays mounted. */
  async function reopen(lost: Vault): Promise<void> {
    if (opened?.vault !== lost) return
    lost.close()
    opened = undefined
    const before = state
    opening = open(page!)
    try {
      const found = await opening
      const gone = before?.status === 'live' && found.state.status === 'empty'
      await driver.apply(
        gone ? { status: 'expired', claims: before.claims, reason: 'vault_lost' } : found.state,
      )
    } catch (error) {
      driver.fail(error)
    }
  }

  function onPage(event: Parameters<Parameters<PageEnvironment['listen']>[0]>[0]): void {
    const env = page!
    if (event === 'cached' || event === 'gone') {
      // What comes out of the back-forward cache shows nothing until it is known who is signed in.
      if (event === 'cached' && 'user' in store.get()) env.conceal(true)
      opened?.vault.leave()
      tokens().wake(false)
    } else if (event === 'restored') void comeBack(env)
    else tokens().wake(event === 'visible' || event === 'online')
  }

  async function comeBack(env: PageEnvironment): Promise<void> {
    if (opened) {
      const { vault } = opened
      try {
        state = await within(env, 2000, vault.open())
        await driver.apply(state)
      } catch {
        await reopen(vault)
      }
    }
    tokens().wake(true)
    // After the app has drawn what is so now.
    env.timer(() => env.conceal(false), 0)
  }

  async function whenSettled(): Promise<Session<User>> {
    ensureStarted()
    const pending = () => /restoring|signing-in/.test(store.get().status)
    if (pending()) {
      await new Promise<void>((resolve) => {
        const stop = store.subscribe(() => {
          if (pending()) return
          stop()
          resolve()
        })
      })
    }
    return store.get()
  }

  const signingIn = createSignIn<User>({
    options,
    settings,
    driver,
    withVault,
    vaultState: () => state,
    setVaultState: (next) => void (state = next),
    isPageVault: () => opened?.kind === 'page',
    subject: () => subject,
  })

  async function signOut({ provider = true, postLogoutRedirectUri }: SignOutOptions = {}): Promise<void> {
    const env = ensureStarted()
    if (!env) return
    const back = new URL(postLogoutRedirectUri ?? options.postLogoutRedirectUri ?? '/', env.href())
    signingIn.forget()
    let url: string | undefined
    try {
      url = await withVault(async (vault) => {
        const nobody = (await vault.open()).status === 'empty'
        const ended = await vault.endSession({ provider, postLogoutRedirectUri: back.href })
        return nobody ? undefined : ended.url
      })
    } finally {
      // Final here, whatever became of the vault.
      state = { status: 'empty', reason: 'signed_out' }
      await driver.apply(state)
    }
    if (url !== undefined) env.assign(url)
  }

  function getAccessToken(asked: AccessTokenOptions = {}): Promise<string> {
    const { minValidity, forceRefresh, signal } = asked
    if (minValidity !== undefined && !(minValidity >= 0)) {
      return Promise.reject(new TypeError('getAccessToken: `minValidity` must be milliseconds, 0 or more'))
    }
    const held =
      page && !forceRefresh && !signal?.aborted ? tokens().held(needOf(asked), minValidity) : undefined
    if (held !== undefined) return Promise.resolve(held)
    return abortable(signal, fetchAccessToken(asked))
  }

  async function fetchAccessToken(asked: AccessTokenOptions): Promise<string> {
    const need = needOf(asked)
    return withVault(async (vault) => {
      if (subject === undefined) {
        const error = errorOf(await whenSettled())
        if (error) throw error
      }
      try {
        const issued = await vault.getToken({
          ...need,
          minValidity: asked.minValidity ?? tokens().leastFor(need),
          ...(asked.forceRefresh && { force: true }),
        })
        if (subject !== undefined) tokens().store(issued)
        return issued.response.access_token
      } catch (error) {
        if (error instanceof AuthError) tokens().failed(need, error)
        throw error
      }
    })
  }

  return {
    getSession() {
      ensureStarted()
      return store.get()
    },
    subscribe(listener) {
      ensureStarted()
      return store.subscribe(listener)
    },
    start() {
      started++
      ensureStarted()
    },
    stop() {
      if (started && --started === 0) {
        stopListening?.()
        stopListening = undefined
      }
    },
    whenSettled,
    signIn: (asked) => signingIn.signIn(ensureStarted(), asked),
    signOut,
    getAccessToken,
    getTokenResponse: (need = {}) => (page ? tokens().response(needOf(need)) : undefined),
    getAccessTokenState: (need = {}) =>
      ensureStarted() ? tokens().state(needOf(need)) : { status: 'pending' },
    getRenewal: (need = {}) => (page ? tokens().renewal(needOf(need)) : 'idle'),
    subscribeAccessToken(listener, need = {}, { watch = true } = {}) {
      return ensureStarted() ? tokens().subscribe(needOf(need), listener, watch) : () => {}
    },
    getUserInfo: () => withVault((vault) => vault.userInfo()),
    diagnostics: () => ({
      vault: opened?.kind,
      fallback: opened?.fallback,
      clockOffset: state?.status === 'live' ? state.offset : undefined,
      renewable: state?.status === 'live' ? state.renewable : undefined,
      transitions: [...driver.transitions],
      errors: [...driver.errors],
    }),
  }
}

/** Why a session has no tokens: `undefined` while it has, or may yet have. */
function errorOf(session: Session<unknown>): AuthError | undefined {
  switch (session.status) {
    case 'error':
      return session.error
    case 'signed-out':
      return new AuthError('signed_out', {
        message: `Nobody is signed in (${session.reason}). Call signIn() first.`,
      })
    case 'expired':
      return new AuthError('session_expired', {
        message: `The session ended (${session.reason}). Call signIn() to go on as the same user.`,
      })
    default:
      return undefined
  }
}

function abortable<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const abort = () =>
      reject(new AuthError('aborted', { message: 'The caller stopped waiting.', cause: signal.reason }))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

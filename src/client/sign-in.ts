import { AuthError } from '../oauth/errors.ts'
import type { Vault, VaultState } from '../vault/types.ts'
import type { PageEnvironment } from './environment.ts'
import type { AuthClientOptions, Settings } from './options.ts'
import { spendRedirect } from './redirect-budget.ts'
import { localPath, newState, takeRedirectBack } from './redirect.ts'
import type { createSessionDriver } from './session-driver.ts'
import { createTransactions, type SignInRecord } from './transactions.ts'
import type { SignInOptions } from './types.ts'

declare const process: { env: { NODE_ENV?: string } }

/** A page that was told to leave and is still here after so long was held back (ms). */
const LEAVING = 10_000

interface Surroundings<User> {
  options: AuthClientOptions<User>
  settings: Settings
  driver: ReturnType<typeof createSessionDriver<User>>
  withVault<T>(run: (vault: Vault) => Promise<T>): Promise<T>
  vaultState(): VaultState | undefined
  setVaultState(state: VaultState): void
  isPageVault(): boolean
  /** `sub` of who is signed in. */
  subject(): string | undefined
}

/** The way to the provider and back. */
export function createSignIn<User>(around: Surroundings<User>) {
  const { options, settings, driver, withVault } = around
  const { name } = settings.vault
  let env!: PageEnvironment
  let transactions!: ReturnType<typeof createTransactions>

  const redirectUri = () => new URL(options.redirectUri ?? '/', env.href()).href

  /** That there was a session here, for the next visit: the only thing we leave on a device, and no secret. */
  const hint = (there: boolean) =>
    options.silentSignIn && env.origin.set(`${name}.session`, there ? '1' : null)

  /** First of all: out of the URL, out of storage. @returns what finishes the sign-in, if this is a response to one. */
  function takeBack(page: PageEnvironment): (() => Promise<void>) | undefined {
    env = page
    transactions = createTransactions(env, `${name}.sign-in`)
    driver.store.subscribe(() => {
      if (driver.store.get().status === 'signed-in') hint(true)
    })
    const back = takeRedirectBack(env, redirectUri(), settings.mark)
    if (!back) return undefined
    const record = transactions.take(back.state)
    const unknown = record === null || transactions.any() ? 'state_mismatch' : 'transaction_missing'
    if (record && !options.navigate) {
      env.replace(localPath(env, record.returnTo) ?? '/')
      queueMicrotask(env.announceUrl)
    }
    driver.begin(undefined)
    return () => finish(back.parameters, record ?? undefined, unknown)
  }

  async function finish(
    parameters: string,
    record: SignInRecord | undefined,
    unknown: 'state_mismatch' | 'transaction_missing',
  ): Promise<void> {
    try {
      const state = await withVault((vault) =>
        vault.completeSignIn({
          parameters,
          ...(record?.transaction && { transaction: record.transaction }),
          ...(record?.replaces !== undefined && { replaces: record.replaces }),
        }),
      )
      around.setVaultState(state)
      await driver.apply(state)
      if (state.status === 'live' && !state.renewable) warnNoRefreshToken()
      if (record) options.navigate?.(localPath(env, record.returnTo) ?? '/')
    } catch (error) {
      const failure = driver.note(error)
      const state = await withVault((vault) => vault.open())
      const junk = !record || failure.code === 'state_mismatch'
      if (state.status === 'live') await driver.apply(state)
      else if (junk) await driver.apply({ status: 'empty', reason: 'no_session' }, record ? failure.code : unknown)
      else if (record.silent && failure.code.endsWith('_required')) {
        hint(false)
        await driver.apply({ status: 'empty', reason: 'no_session' }, failure.code)
      } else driver.fail(failure)
    }
  }

  /** Nobody came back from anywhere: what does the vault say? */
  async function restore(state: VaultState): Promise<void> {
    const lost = state.status === 'empty' && state.reason === 'no_session'
    if (lost && options.silentSignIn && env.origin.get(`${name}.session`) && spend()) {
      driver.begin(undefined)
      return leave({ prompt: 'none' }, true).catch((error) => void driver.fail(error))
    }
    await driver.apply(state)
  }

  const spend = () => spendRedirect(env, `${name}.redirects`)

  let leaving: Promise<void> | undefined

  /** A second click is the first one's. */
  function signIn(page: PageEnvironment | undefined, asked: SignInOptions = {}): Promise<void> {
    return (leaving ??= begin(page, asked).finally(() => (leaving = undefined)))
  }

  async function begin(page: PageEnvironment | undefined, asked: SignInOptions): Promise<void> {
    if (!page) throw new TypeError('signIn: there is no browser here')
    if (asked.returnTo !== undefined && localPath(env, asked.returnTo) === undefined) {
      throw new TypeError('signIn: `returnTo` must be a path of this origin')
    }
    const before = await withVault((vault) => vault.open())
    const session = driver.store.get()
    try {
      // No person asked for this one: it may be one of a loop.
      if ((asked.automatic || env.touched() === false) && !spend()) throw loop()
      driver.begin('user' in session ? session.user : undefined)
      await leave(asked, false)
    } catch (error) {
      // Whoever was signed in still is; nobody else is kept waiting.
      if (before.status === 'empty') driver.fail(error)
      else {
        driver.note(error)
        await driver.apply(around.vaultState() ?? before)
      }
      throw error
    }
  }

  function loop(): AuthError {
    const reasons = [...new Set(driver.errors.map(({ code }) => code))].join(', ')
    return new AuthError('redirect_loop', {
      message: `Too many redirects to the provider within a minute${reasons && ` (${reasons})`}. Let the user start the next one.`,
    })
  }

  async function leave(asked: SignInOptions, silent: boolean): Promise<void> {
    const state = newState(settings.mark)
    const { returnTo = env.href() } = asked
    const replaces = around.subject()
    const record: SignInRecord = {
      returnTo: localPath(env, returnTo) ?? '/',
      ...(replaces !== undefined && { replaces }),
      ...(silent && { silent }),
    }
    const keep = !transactions.put(state, record)
    if (keep && around.isPageVault()) {
      throw new AuthError('storage_unavailable', {
        message: 'Signing in needs sessionStorage or a SharedWorker, and this browser grants neither.',
      })
    }
    warnWrongRedirectUri()
    const { url, transaction } = await withVault((vault) =>
      vault.beginSignIn({
        redirectUri: redirectUri(),
        state,
        keep,
        scope: settings.vault.scope,
        ...(settings.vault.resource && { resource: settings.vault.resource }),
        ...parametersOf(asked, options.offlineAccess === 'consent'),
      }),
    )
    if (!keep) transactions.put(state, { ...record, transaction })
    env.assign(url)
    // Held back by `beforeunload`, or by a provider that answers 204: nothing stays pending.
    env.timer(() => {
      const now = around.vaultState()
      if (now && driver.store.get().status === 'signing-in') void driver.apply(now)
    }, LEAVING)
  }

  function warnNoRefreshToken(): void {
    if (process.env.NODE_ENV !== 'production' && settings.vault.scope.includes('offline_access')) {
      env.warn(
        'offline_access was asked for, but no refresh token came. Some providers give one only with prompt=consent: try `offlineAccess: "consent"`.',
      )
    }
  }

  function warnWrongRedirectUri(): void {
    if (process.env.NODE_ENV === 'production' || options.redirectUri !== undefined) return
    const { origin, pathname } = new URL(env.href())
    if (!`${origin}${pathname}`.startsWith(redirectUri())) {
      env.warn(`\`redirectUri\` is ${redirectUri()} by default, and this page is not under it.`)
    }
  }

  return { takeBack, restore, signIn, forget: () => hint(false) }
}

function parametersOf(asked: SignInOptions, consent: boolean) {
  const prompts = new Set(asked.prompt?.split(' ').filter(Boolean))
  // `none` stands alone (OpenID Connect Core §3.1.2.1).
  if (consent && !prompts.has('none')) prompts.add('consent')
  const { loginHint, maxAge, uiLocales, acrValues, parameters } = asked
  return {
    ...(prompts.size > 0 && { prompt: [...prompts].join(' ') }),
    ...(loginHint !== undefined && { login_hint: loginHint }),
    ...(maxAge !== undefined && { max_age: maxAge }),
    ...(uiLocales !== undefined && { ui_locales: uiLocales }),
    ...(acrValues !== undefined && { acr_values: acrValues }),
    ...(parameters && { extra: parameters }),
  }
}

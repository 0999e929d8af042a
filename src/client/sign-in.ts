import { AuthError } from '../errors.ts'
import { beginSignIn } from './sign-in/front-channel.ts'
import type { Core } from './core.ts'
import { DEVELOPMENT } from './page/environment.ts'
import { spendRedirect } from './redirect-budget.ts'
import { localPath } from './local-path.ts'
import { redirectUriOf } from './redirect.ts'
import { createTransactions, type SignInRecord } from './transactions.ts'
import type { SignInOptions } from './types.ts'

/** A page that was told to leave and is still here after so long was held back (ms). */
const LEAVING = 10_000

const leaving = new WeakMap<object, Promise<void>>()
/** The `state` that a client left with last. */
const latest = new WeakMap<object, string>()

/** Begins a sign-in and leaves the page. A second click is the first one's. @throws AuthError @throws TypeError */
export function signIn<User>(
  core: Core<User>,
  given: SignInOptions = {},
  touched?: boolean,
): Promise<void> {
  const asked = { ...given, automatic: given.automatic ?? touched === false }
  let going = leaving.get(core)
  if (!going) {
    going = begin(core, asked).finally(() => leaving.delete(core))
    leaving.set(core, going)
  }
  return going
}

async function begin<User>(core: Core<User>, asked: SignInOptions): Promise<void> {
  const { env, driver } = core
  if (asked.returnTo !== undefined && localPath(env, asked.returnTo) === undefined) {
    throw new TypeError('signIn: `returnTo` must be a path of this origin')
  }
  await core.opening
  if (asked.automatic && !maySpend(core)) throw loop(core)
  const before = driver.get()
  driver.begin()
  try {
    await leave(core, asked)
  } catch (error) {
    // A wrong parameter: nothing was begun.
    if (error instanceof TypeError) {
      if (before.status === 'error') driver.fail(before.error)
      else await core.apply(core.state!)
    }
    throw error
  }
}

/** Whether a redirect that nobody asked for may go. */
export function maySpend<User>({ env, settings }: Core<User>): boolean {
  return spendRedirect(env, `${settings.name}.redirects`)
}

function loop<User>({ driver }: Core<User>): AuthError {
  const session = driver.get()
  const reasons = new Set<string>(driver.errors.map(({ code }) => code))
  if ('reason' in session) reasons.add(session.reason)
  return new AuthError('redirect_loop', {
    message: `Too many redirects to the provider within a minute${reasons.size ? ` (${[...reasons].join(', ')})` : ''}. Let the user start the next one.`,
  })
}

export async function leave<User>(
  core: Core<User>,
  asked: SignInOptions,
  silent = false,
): Promise<void> {
  const { env, options, settings, driver, withVault, signOuts } = core
  if (!crypto.subtle) throw insecure()
  const transactions = createTransactions(core)
  const state = newState(settings.mark)
  // Also a user whom `userSchema` refused, and whom nobody sees.
  const replaces = core.state?.status === 'live' ? core.state.claims.sub : undefined
  const { href: redirectUri, origin } = redirectUriOf(env, options)
  const here = new URL(env.location.href).origin
  if (origin !== here) {
    throw new TypeError(`createAuthClient: \`redirectUri\` is on ${origin}, this page on ${here}`)
  }
  if (
    DEVELOPMENT &&
    options.redirectUri === undefined &&
    !env.location.href.startsWith(redirectUri)
  ) {
    env.warn?.(`\`redirectUri\` is ${redirectUri} by default, and this page is not under it.`)
  }
  const record: SignInRecord = {
    returnTo: localPath(env, asked.returnTo ?? env.location.href) ?? '/',
    ...(replaces !== undefined && { replaces }),
    ...(silent && { silent }),
  }
  const keep = !transactions.put(state, record)
  if (keep && core.opened?.kind === 'page') {
    throw withoutStorage()
  }
  const { url, transaction } = await withVault((vault) =>
    beginSignIn(vault, settings, {
      redirectUri,
      state,
      keep,
      scope: settings.scope,
      ...(settings.resource && { resource: settings.resource }),
      ...parametersOf(asked, options.offlineAccess === 'consent'),
    }),
  )
  if (!keep && !transactions.put(state, { ...record, transaction })) throw withoutStorage()
  // Signed out while the provider was asked where to go: nobody leaves.
  if (signOuts !== core.signOuts) return
  latest.set(core, state)
  env.location.assign(url)
  // Held back by `beforeunload`, or by a provider that answers 204: nothing stays pending.
  env.timer(() => {
    if (latest.get(core) === state && driver.get().status === 'signing-in') {
      void core.apply(core.state!)
    }
  }, LEAVING)
}

function insecure(): AuthError {
  return new AuthError('insecure_endpoint', {
    message: 'This page is not served over https, so the browser lends it no cryptography.',
  })
}

function withoutStorage(): AuthError {
  return new AuthError('storage_unavailable', {
    message: 'Signing in needs sessionStorage or a SharedWorker, and this browser grants neither.',
  })
}

/** `et.` + hash of issuer and client id + `.` + 128 random bits. */
function newState(mark: string): string {
  const random = crypto.getRandomValues(new Uint8Array(16))
  return `et.${mark}.${Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
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

import { AuthError } from '../errors.ts'
import type { UserClaims, BrowserVault, VaultEvent, VaultState } from '../vault/vault.ts'
import type { Core } from './core.ts'
import { browserEnvironment, type PageEnvironment } from './page/environment.ts'
import { openVault } from './open-vault.ts'
import type { AuthClientOptions, StandardSchema } from './options.ts'
import { takeRedirectBack } from './redirect.ts'
import { actions, alive, createSessionDriver, known } from './session-driver.ts'
import type { Session } from './session.ts'
import { settingsOf } from './settings.ts'
import { createTokens } from './tokens.ts'
import type { AuthClient } from './types.ts'

/**
 * One client for one provider: the session, its tokens, and the way in and out. Constructing it only
 * checks the options; first use starts it.
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
  const settings = settingsOf(options)
  let env: PageEnvironment | undefined

  const driver = createSessionDriver<User>(
    options.userSchema,
    () => env!,
    (next, live) => {
      if (live) {
        core.subject = live.claims.sub
        tokens.open(live.claims.sub, live.token)
        // Kept, it would come back one day as an older one.
        delete live.token
      } else {
        if (next.status !== 'signing-in') core.subject = undefined
        if (!core.subject) tokens.close(noToken(next) ?? null)
      }
    },
  )

  const tokens = createTokens(
    () => env!,
    (need) => withVault((vault) => vault.getToken({ ...need, subject: core.subject })),
    options.renewal?.minValidity ?? 0,
    (take) => void alive().then(({ createSchedule }) => take(createSchedule), driver.note),
  )

  const core = {
    options,
    settings,
    driver,
    tokens,
    signOuts: 0,
    ending: 0,
    withVault,
    whenSettled,
    open: () => openVault(core).catch(known),
    adopt(found) {
      core.opened = found
      core.state = found.state
      found.vault.observe((event) => {
        if (core.opened === found) onVault(event)
      })
      return found
    },
    apply(state, because) {
      const signedOut = `${settings.name}.signed-out`
      if (state.status === 'live') {
        if (core.ending) return
        if (state.claims.sub !== core.subject) {
          // Until it is known who this is, nothing of the one before may answer. Where nobody was, nobody is yet.
          if (core.subject !== undefined) {
            core.subject = undefined
            tokens.close(null)
          }
          env!.sessionStorage.set(signedOut, null)
        }
      } else if (state.reason.startsWith('signed_out')) env!.sessionStorage.set(signedOut, '1')
      else if (env!.sessionStorage.get(signedOut)) {
        // The vault lost its memory, this tab did not: after a sign-out only a person signs in again.
        state = { status: 'empty', reason: 'signed_out' }
        because = undefined
      }
      core.state = state
      return driver.apply(state, because)
    },
    fail(error) {
      const { state } = core
      if (!state || (state.status !== 'live' && !driver.holder())) return driver.fail(error)
      driver.note(error)
      return core.apply(state)
    },
  } as Core<User>

  /** First use: cleans the URL synchronously, then asks the vault. Nothing happens on a server. */
  function use(): PageEnvironment | undefined {
    if (!env) {
      env = findPage()
      if (!env) return
      core.env = env
      env.listen({
        onActivityChange: tokens.wake,
        onPageHide(cached) {
          // What comes out of the back-forward cache shows nothing until it is known who is signed in.
          if (cached && driver.holder()) env!.hidePage(true)
          core.opened?.vault.leave()
        },
        onBackForwardRestore: () =>
          void alive()
            .then(({ comeBack }) => comeBack(core))
            .catch((error) => {
              // Nobody can be asked: whoever is shown is shown an error.
              driver.fail(error)
              env!.hidePage(false)
            }),
      })
      const back = takeRedirectBack(core)
      if (back) {
        driver.begin()
        // Meanwhile: whoever comes back from the provider needs it as soon as the vault is open.
        actions().catch(() => {})
      }
      core.opening = core.open()
      core.opening
        .then(async () => {
          // A late worker may have spoken since.
          const state = core.state!
          if (back) return (await actions()).finishSignIn(core, back)
          if (options.silentSignIn && state.status === 'empty')
            return (await actions()).restore(core)
          return core.apply(state)
        })
        .catch(core.fail)
    }
    return env
  }

  function here(): PageEnvironment {
    const page = use()
    if (!page) throw new AuthError('vault_unavailable', { message: 'Not on a server.' })
    return page
  }

  function onVault(event: VaultEvent): void {
    if (event.type === 'token') tokens.store(event.token)
    else if (event.type === 'state') void core.apply(event.state)
    else {
      if (event.error) driver.note(event.error)
      tokens.renewing(event.key, event.renewal)
    }
  }

  async function withVault<T>(run: (vault: BrowserVault) => Promise<T>): Promise<T> {
    here()
    const { vault } = await core.opening
    try {
      return await run(vault)
    } catch (error) {
      if ((error as AuthError).code === 'vault_unavailable') {
        alive()
          .then(({ recover }) => recover(core, vault))
          .catch(core.fail)
      }
      throw error
    }
  }

  async function whenSettled(): Promise<Session<User>> {
    for (;;) {
      const page = use()
      const session = driver.get()
      const { status } = session
      // Another user, still being checked, is nobody yet.
      const open = /ing/.test(status) || (status === 'signed-in' && !core.subject)
      if (!page || !open) return session
      await new Promise<void>((resolve) => {
        const stop = driver.subscribe(() => resolve(void stop()))
      })
    }
  }

  return {
    getSession: () => (use(), driver.get()),
    subscribe: (listener) => (use(), driver.subscribe(listener)),
    start: () => void use(),
    stop() {},
    whenSettled,
    async signIn(asked) {
      // Read now: a moment later the browser has forgotten the click.
      const touched = here().userActivation()
      try {
        await (await actions()).signIn(core, asked, touched)
      } catch (error) {
        // A caller's mistake (TypeError) is nothing to the session.
        if (error instanceof AuthError) await core.fail(error)
        throw error
      }
    },
    signOut(asked) {
      core.signOuts++
      return alive().then(
        ({ signOut }) => withVault((vault) => signOut(core, vault, asked)),
        async (error) => {
          // Without the way to the provider: over here and in every tab all the same.
          await withVault((vault) => {
            env!.localStorage.set(`${settings.name}.session`, null)
            const ended = vault.endSession({ provider: false })
            void core.apply({ status: 'empty', reason: 'signed_out' })
            return ended
          })
          throw error
        },
      )
    },
    async getAccessToken(asked = {}) {
      const { minValidity, forceRefresh, signal } = asked
      const held = forceRefresh || signal?.aborted ? undefined : tokens.held(asked, minValidity)
      return held ?? (await alive()).askToken(core, asked)
    },
    getTokenResponse: tokens.response,
    getAccessTokenState: (need) => (use(), tokens.state(need)),
    getRenewal: tokens.renewal,
    subscribeAccessToken: (listener, need = {}, { watch = true } = {}) => (
      use(),
      tokens.subscribe(need, listener, watch)
    ),
    getUserInfo: async () => (await alive()).getUserInfo(core),
    diagnostics() {
      const { opened } = core
      const live = core.state as Partial<Extract<VaultState, { status: 'live' }>> | undefined
      return {
        vault: opened?.kind,
        fallback: opened?.fallback,
        clockOffset: live?.clockOffset,
        renewable: live?.renewable,
        transitions: [...driver.transitions],
        errors: [...driver.errors],
      }
    },
  }
}

/** Why a session has no tokens: `undefined` while it has, or may yet have. */
function noToken(session: Session<unknown>): AuthError | undefined {
  if ('error' in session) return session.error
  if (!('reason' in session)) return undefined
  return new AuthError('user' in session ? 'session_expired' : 'signed_out', {
    message: `No session (${session.reason}). Call signIn() first.`,
  })
}

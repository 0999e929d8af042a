import type { ServerSession } from '../bff-protocol.ts'
import { checkOptions } from './check-options.ts'
import { runtimeEnvironment, type BffEnvironment } from './environment.ts'
import { createEmit } from './events.ts'
import { createHandler } from './handler.ts'
import { Cookies } from './http/cookies.ts'
import { KeyRing } from './keys/key-ring.ts'
import { LoginTransactions } from './login/transactions.ts'
import { Tombstones } from './login/tombstones.ts'
import type { BffOptions } from './options.ts'
import { Provider } from './provider.ts'
import { authorizeUpgrade, type Upgrade } from './proxy/upgrade.ts'
import { SessionWatches } from './proxy/session-watches.ts'
import { createRoutes } from './routes/routes.ts'
import { guardStore } from './sessions/guarded-store.ts'
import { createMemoryStore } from './sessions/memory-store.ts'
import { serverSession } from './sessions/session-answer.ts'
import { findSession } from './sessions/session-of-request.ts'
import { Sessions } from './sessions/sessions.ts'
import { Limiter } from './tokens/limiter.ts'
import { Revocations } from './tokens/revocations.ts'
import { SessionRefresh } from './tokens/session-refresh.ts'
import { TokenSource, type WaitUntil } from './tokens/token-source.ts'

/** Measured: a provider in a storm answers fewer of more requests. */
const MAX_REFRESHES_AT_A_TIME = 16

export interface Bff {
  /**
   * Answers the requests below `basePath`.
   * @param context where the runtime stops after a response: its `waitUntil`
   * @returns null for a request that is not for it
   */
  handle(request: Request, context?: { waitUntil?: WaitUntil }): Promise<Response | null>
  /** Who is signed in, for a server that renders pages: `<AuthProvider initialSession>`. @throws AuthError `store_unavailable` */
  getSession(request: Request): Promise<ServerSession>
  /**
   * Whether a WebSocket may be opened, at `/ws/{name}`, and what the server connects it to.
   * @returns null for a request that is not for it
   */
  authorizeUpgrade(request: Request): Promise<Upgrade | null>
  /** Lets what is under way come to its end: an answer with a rotated refresh token is written down. */
  close(): Promise<void>
}

/**
 * The backend for frontends: signs users in, keeps their tokens, and calls protected resources for their pages.
 * @throws TypeError that names the option
 */
export function createBff(options: BffOptions, env: BffEnvironment = runtimeEnvironment): Bff {
  const settings = checkOptions(options)
  const watches = new SessionWatches(env)
  const emit = createEmit((event) => {
    watches.hear(event)
    options.onEvent?.(event)
  })
  const store = guardStore(options.store ?? createMemoryStore({}, env), (error) =>
    emit({ type: 'store-failed', message: error instanceof Error ? error.message : String(error) }),
  )
  const { issuer, clientId } = settings.client
  const keys = new KeyRing(settings.keys, JSON.stringify([issuer, clientId, settings.cookies.name]))
  const cookies = new Cookies(settings.cookies)
  const sessions = new Sessions({ env, store, keys, limits: settings.limits, issuer })
  const provider = new Provider({
    env,
    client: settings.client,
    authentication: options.clientAuthentication,
  })
  const revocations = new Revocations(env, provider, emit)
  const limiter = new Limiter(MAX_REFRESHES_AT_A_TIME)
  const refresh = new SessionRefresh({
    ...{ env, store, sessions, provider, revocations, limiter, emit },
    config: settings,
  })
  const tokens = new TokenSource(env, refresh)
  const routes = createRoutes({
    ...{ env, settings, cookies, sessions, emit, provider, store, revocations, tokens, keys },
    transactions: new LoginTransactions(env, keys, cookies),
    tombstones: new Tombstones({ env, store, sessions }),
  })
  const handler = createHandler({ env, routes, settings, emit })
  return {
    handle: handler.handle,
    async getSession(request) {
      return serverSession(await findSession({ cookies, sessions }, request), settings.claims)
    },
    authorizeUpgrade: (request) =>
      authorizeUpgrade({ env, settings, cookies, sessions, emit, tokens, watches }, request),
    async close() {
      watches.close()
      await handler.drain()
      await tokens.drain()
      await revocations.drain()
    },
  }
}

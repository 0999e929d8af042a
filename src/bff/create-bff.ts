import type { ServerSession } from '../bff-protocol.ts'
import { Dpop } from '../oauth/dpop.ts'
import type { WaitUntil } from './background.ts'
import { checkOptions } from './check-options.ts'
import { runtimeEnvironment, type BffEnvironment } from './environment.ts'
import { createEmit } from './events.ts'
import { createHandler } from './handler.ts'
import { Cookies } from './http/cookies.ts'
import { KeyRing } from './keys/key-ring.ts'
import { Lookups } from './keys/lookups.ts'
import { LoginTransactions } from './login/transactions.ts'
import type { BffOptions } from './options.ts'
import { Provider } from './provider.ts'
import { authorizeUpgrade, type Upgrade } from './proxy/upgrade.ts'
import { SessionWatches } from './proxy/session-watches.ts'
import { SocketPlaces } from './proxy/socket-places.ts'
import { createRoutes } from './routes/routes.ts'
import { keepSessions } from './keep-sessions.ts'
import { serverSession } from './sessions/session-answer.ts'
import { Revocations } from './tokens/revocations.ts'

/** A backend: one handler for the requests below `basePath`, and what a server asks it. */
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
    return options.onEvent?.(event)
  })
  const { issuer, clientId } = settings.client
  const keys = new KeyRing(settings.keys, JSON.stringify([issuer, clientId, settings.cookies.name]))
  const lookups = new Lookups(keys, issuer)
  const cookies = new Cookies(settings.cookies)
  const dpop = settings.dpop && new Dpop(settings.dpop)
  const provider = new Provider({
    ...{ env, dpop, emit },
    client: settings.client,
    authentication: options.clientAuthentication,
  })
  const revocations = new Revocations(env, provider, emit)
  const kept = keepSessions(
    { env, settings, keys, lookups, cookies, provider, revocations, emit },
    options.store,
  )
  const { sessions, tokens } = kept
  const routes = createRoutes({
    ...{ ...kept, env, settings, emit, provider, revocations, keys, lookups, dpop },
    transactions: new LoginTransactions(env, keys, cookies),
  })
  const handler = createHandler({ env, routes, settings, emit })
  const places = new SocketPlaces(env, settings.maxWebSocketsPerSession)
  const upgrades = { env, settings, sessions, emit, tokens, dpop, watches, places }
  return {
    handle: handler.handle,
    async getSession(request) {
      return serverSession(await sessions.find(request), settings.claims)
    },
    authorizeUpgrade: (request) => authorizeUpgrade(upgrades, request),
    async close() {
      watches.close()
      await handler.drain()
      await tokens.drain()
      await revocations.drain()
    },
  }
}

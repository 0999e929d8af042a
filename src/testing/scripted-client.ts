import { noTokenError } from '../client/session/no-token-error.ts'
import type { Session } from '../client/session/session.ts'
import { createAccessTokenObserver } from '../client/tokens/access-token-observer.ts'
import type { AccessTokenState } from '../client/tokens/access-token.ts'
import type { AuthClient } from '../client/auth-client.ts'
import { AuthError } from '../errors.ts'
import type { UserClaims } from '../vault/vault.ts'

const ACCESS_TOKEN = 'eyJhbGciOi…'
/** Beginning of 2100, ms since 1970: as long as anything is shown. */
const EXPIRES_AT = 4_102_444_800_000

/** A client that is in one state of the session and stays there, for stories. */
export function createScriptedClient<User = UserClaims>(session: Session<User>): AuthClient<User> {
  const error = noTokenError(session)
  const tokenState: AccessTokenState =
    session.status === 'signed-in'
      ? { status: 'ready', accessToken: ACCESS_TOKEN, expiresAt: EXPIRES_AT }
      : error
        ? { status: 'unavailable', error }
        : { status: 'pending' }
  const client: AuthClient<User> = {
    getSession: () => session,
    subscribe: () => () => {},
    observe: () => () => {},
    hydrate() {},
    start() {},
    stop() {},
    whenSettled: async () => session,
    signIn: async () => {},
    async requireSession() {
      if (session.status === 'signed-in') return session
      throw error ?? new AuthError('signed_out', { message: 'Not signed in yet.' })
    },
    signOut: async () => {},
    getAccessToken: async () => ACCESS_TOKEN,
    fetch: async () => new Response(null, { status: 204 }),
    authorize: async ({ url }) => ({ url: String(url), headers: {} }),
    connect: () => () => {},
    watchSessionDeadline: () => () => {},
    getTokenResponse: () => undefined,
    getAccessTokenState: () => tokenState,
    getRenewal: () => 'idle',
    subscribeAccessToken: () => () => {},
    observeAccessToken: (need = {}) => createAccessTokenObserver(client, need),
    getUserInfo: async () => ({}),
    diagnostics: () => ({
      vault: 'worker',
      fallback: undefined,
      clockOffset: undefined,
      renewable: undefined,
      transitions: [],
      errors: [],
    }),
  }
  return client
}

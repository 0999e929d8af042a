import { BFF_PATHS } from '../../bff-protocol.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { LoginTransactions } from '../login/transactions.ts'
import type { Tombstones } from '../login/tombstones.ts'
import type { Provider } from '../provider.ts'
import { proxyRoute } from '../proxy/proxy-route.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { Revocations } from '../tokens/revocations.ts'
import type { TokenSource } from '../tokens/token-source.ts'
import { backchannelLogoutRoute } from './backchannel-logout.ts'
import { callbackRoute } from './callback.ts'
import { frontchannelLogoutRoute } from './frontchannel-logout.ts'
import { healthRoute } from './health.ts'
import { loggedOutRoute } from './logged-out.ts'
import { loginRoute } from './login.ts'
import { logoutRoute } from './logout.ts'
import { refreshRoute } from './refresh.ts'
import type { Route, RouteParts } from './route.ts'
import { sessionRoute } from './session.ts'
import { tokenRoute } from './token.ts'

export interface AllRouteParts extends RouteParts {
  provider: Provider
  store: SessionStore
  keys: KeyRing
  revocations: Revocations
  tokens: TokenSource
  transactions: LoginTransactions
  tombstones: Tombstones
}

/** By path below `basePath`; what is not switched on is not there. */
export function createRoutes(parts: AllRouteParts): Record<string, Route> {
  const { mediated, upstreams } = parts.settings
  const proxied = upstreams.map((upstream): [string, Route] => [
    BFF_PATHS.api + upstream.name,
    proxyRoute(parts, upstream),
  ])
  return {
    [BFF_PATHS.login]: loginRoute(parts),
    [BFF_PATHS.callback]: callbackRoute(parts),
    [BFF_PATHS.session]: sessionRoute(parts),
    [BFF_PATHS.refresh]: refreshRoute(parts),
    ...(mediated.size > 0 && { [BFF_PATHS.token]: tokenRoute({ ...parts, allowed: mediated }) }),
    [BFF_PATHS.logout]: logoutRoute(parts),
    [BFF_PATHS.loggedOut]: loggedOutRoute(parts),
    [BFF_PATHS.backchannelLogout]: backchannelLogoutRoute(parts),
    ...(parts.settings.frontchannelLogout && {
      [BFF_PATHS.frontchannelLogout]: frontchannelLogoutRoute(parts),
    }),
    [BFF_PATHS.health]: healthRoute(parts.store, parts.provider),
    ...Object.fromEntries(proxied),
  }
}

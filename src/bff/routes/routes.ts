import { BFF_PATHS } from '../../bff-protocol.ts'
import type { Dpop } from '../../oauth/dpop.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { Lookups } from '../keys/lookups.ts'
import type { LoginTransactions } from '../login/transactions.ts'
import type { Tombstones } from '../login/tombstones.ts'
import type { Provider } from '../provider.ts'
import { proxyRoute } from '../proxy/proxy-route.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { Revocations } from '../tokens/revocations.ts'
import type { Tokens } from '../tokens/tokens.ts'
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
  keys: KeyRing
  lookups: Lookups
  /** What a back-channel logout is written to; undefined where there is nothing that it could be. */
  store: SessionStore | undefined
  revocations: Revocations
  tokens: Tokens
  transactions: LoginTransactions
  tombstones: Tombstones
  dpop: Dpop | undefined
}

/** By path below `basePath`; what is not switched on is not there. */
export function createRoutes(parts: AllRouteParts): Record<string, Route> {
  const { mediated, upstreams } = parts.settings
  const { store } = parts
  const proxied = upstreams.map((upstream): [string, Route] => [
    BFF_PATHS.api + upstream.name,
    proxyRoute(parts, upstream),
  ])
  return {
    [BFF_PATHS.login]: loginRoute(parts),
    [BFF_PATHS.callback]: callbackRoute(parts),
    [BFF_PATHS.session]: sessionRoute(parts),
    [BFF_PATHS.refresh]: refreshRoute(parts),
    // In proxied mode, too: it says why there is none.
    [BFF_PATHS.token]: tokenRoute({ ...parts, allowed: mediated }),
    [BFF_PATHS.logout]: logoutRoute(parts),
    [BFF_PATHS.loggedOut]: loggedOutRoute(parts),
    ...(store && {
      [BFF_PATHS.backchannelLogout]: backchannelLogoutRoute({ ...parts, store }),
    }),
    ...(parts.settings.frontchannelLogout && {
      [BFF_PATHS.frontchannelLogout]: frontchannelLogoutRoute(parts),
    }),
    [BFF_PATHS.health]: healthRoute(store, parts.provider),
    ...Object.fromEntries(proxied),
  }
}

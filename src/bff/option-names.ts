import type { GivenNeed } from '../renewal/token-need.ts'
import type { ClientAuthentication } from '../oauth/client-authentication.ts'
import type { Names } from '../unknown-name.ts'
import type { BffOptions, ProxyRoute, WebSocketRoute } from './options.ts'

export const OPTION_NAMES: Names<BffOptions> = {
  issuer: true,
  clientId: true,
  clientAuthentication: true,
  baseUrl: true,
  keys: true,
  store: true,
  basePath: true,
  name: true,
  scope: true,
  offlineAccess: true,
  resource: true,
  metadata: true,
  idToken: true,
  userInfo: true,
  authorizationParameters: true,
  idleTimeoutMs: true,
  absoluteTimeoutMs: true,
  sameSite: true,
  claims: true,
  mediated: true,
  proxy: true,
  upstreamFetch: true,
  webSockets: true,
  maxWebSocketsPerSession: true,
  dpop: true,
  signInErrorPath: true,
  loggedOutPath: true,
  responseMode: true,
  logoutLink: true,
  frontchannelLogout: true,
  thirdPartySignIn: true,
  onEvent: true,
}

export const ID_TOKEN_NAMES: Names<NonNullable<BffOptions['idToken']>> = {
  verification: true,
  audiences: true,
}

export const AUTHENTICATION_NAMES: Record<
  ClientAuthentication['method'],
  { method: true } & Record<string, true>
> = {
  client_secret_basic: { method: true, secret: true },
  client_secret_post: { method: true, secret: true },
  private_key_jwt: { method: true, key: true, kid: true },
  none: { method: true },
}

export const PROXY_ROUTE_NAMES: Names<ProxyRoute> = {
  name: true,
  upstream: true,
  methods: true,
  resource: true,
  scope: true,
  token: true,
  timeoutMs: true,
  requestHeaders: true,
  responseHeaders: true,
  cache: true,
}

export const NEED_NAMES: Names<GivenNeed> = { resource: true, scope: true }

export const WEB_SOCKET_ROUTE_NAMES: Names<WebSocketRoute> = {
  name: true,
  upstream: true,
  ...NEED_NAMES,
}

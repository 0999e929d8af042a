import type { ClientAuthentication } from '../oauth/client-authentication.ts'
import type { ServerMetadata } from '../oauth/types.ts'
import type { GivenNeed } from '../renewal/token-need.ts'
import type { BffEvent } from './events.ts'
import type { UpstreamFetch } from './http/exchanges.ts'
import type { SealedCookies } from './sessions/sealed-cookies.ts'
import type { SessionStore } from './sessions/session-store.ts'

/** One key of the backend's. The first of the list seals, all of them open. */
export interface BffKey {
  /** Names the key in what it sealed. */
  kid: string
  /** At least 32 random bytes; as text in hex or base64 (`openssl rand -base64 32`). */
  secret: string | Uint8Array
}

/** A protected resource that pages call through the backend, at `/bff/api/{name}/…`. */
export interface ProxyRoute {
  /** What it is called in paths: letters, digits, `_` and `-`. */
  name: string
  /** Where it is: an absolute URL. What follows the name in the path is appended to it. */
  upstream: string
  /** Default: any. */
  methods?: readonly string[]
  /** Which access token it takes. Default: the session's own. */
  resource?: string | readonly string[]
  /** Space separated. */
  scope?: string
  /** `optional`: without a session the request goes on without a token. `none`: no token is ever added. Default `required`. */
  token?: 'required' | 'optional' | 'none'
  /** Until its answer begins, ms, from when the last of the request went on. Default 30,000. */
  timeoutMs?: number
  /** Names of further request and response headers that pass. */
  requestHeaders?: readonly string[]
  responseHeaders?: readonly string[]
  /** Its answers may be cached as it says itself. Default false: `no-store`. */
  cache?: boolean
}

/** A WebSocket that pages open through the backend, at `/bff/ws/{name}`. */
export interface WebSocketRoute {
  /** What it is called in paths: letters, digits, `_` and `-`. */
  name: string
  /** Where it goes: `wss:`, or `ws:` on this machine. The query of the page's request is appended. */
  upstream: string
  /** Which access token it takes. Default: the session's own. */
  resource?: string | readonly string[]
  /** Space separated. */
  scope?: string
}

/** A key pair as `crypto.subtle.generateKey` makes it, or jose's `generateKeyPair`. */
export interface DpopKey {
  privateKey: CryptoKey
  publicKey: CryptoKey
}

/** What a backend is made of. `issuer`, `clientId`, `clientAuthentication`, `baseUrl` and `keys` have no default. Durations are milliseconds. */
export interface BffOptions {
  /** The provider, exactly as it names itself in its metadata. */
  issuer: string
  /** As the provider knows the backend; its redirect URI is `{baseUrl}/bff/callback`. */
  clientId: string
  /** How the backend proves who it is; a public client says so: `{ method: 'none' }`. */
  clientAuthentication: ClientAuthentication
  /** The origin that browsers see, `https://app.example`: never taken from a request's headers. */
  baseUrl: string
  /** What seals sessions and cookies: the first seals, all open, so that a key can be replaced. */
  keys: readonly BffKey[]
  /** Where sessions are kept: a store, or `sealedCookies()`. Default: memory, which production refuses. */
  store?: SessionStore | SealedCookies
  /** Default `/bff`. */
  basePath?: string
  /** In the names of cookies: several applications of one host differ in it. Default `app`. */
  name?: string
  /** Default `openid profile email offline_access`. */
  scope?: string
  /** `consent` adds `prompt=consent` to each sign-in, without which some providers give no refresh token. Default `scope`. */
  offlineAccess?: 'scope' | 'consent'
  /** RFC 8707: the session's own token is for the first. */
  resource?: readonly string[]
  /** The provider's metadata; default: discovery. */
  metadata?: ServerMetadata
  /** `verification: 'tls'` for ID tokens that are signed with HS256 or encrypted; `audiences`: further ones that they may name. */
  idToken?: { verification?: 'signature' | 'tls'; audiences?: string[] }
  /** Sign-in also asks UserInfo. Default false. */
  userInfo?: boolean
  /** Further parameters of authorization requests. */
  authorizationParameters?: Record<string, string>
  /** Default 1 hour. */
  idleTimeoutMs?: number
  /** Default 10 hours. */
  absoluteTimeoutMs?: number
  /** `lax` where the server renders pages for who is signed in. Default `strict`. */
  sameSite?: 'strict' | 'lax'
  /** Claims that pages are told, beside `sub`. Default `name`, `preferred_username`, `email`, `picture`. */
  claims?: readonly string[]
  /** Access tokens that pages may have. Default none: pages call through `proxy`. */
  mediated?: readonly GivenNeed[]
  /** Default none. */
  proxy?: readonly ProxyRoute[]
  /**
   * How protected resources are called. Default: behind `toNodeHandler` Node's own client, else the runtime's `fetch`;
   * `createNodeFetch` of `evertoken/bff/node` takes the former where another server on Node is in front.
   */
  upstreamFetch?: UpstreamFetch
  /** Default none. */
  webSockets?: readonly WebSocketRoute[]
  /** How many of them a session may have open in one process. Default 32. */
  maxWebSocketsPerSession?: number
  /**
   * The key that access tokens are bound to (RFC 9449): one for the deployment, the same in all instances. Only its holder
   * can use them, so pages get none: not with `mediated`.
   */
  dpop?: DpopKey
  /** Where to go when a sign-in fails, with `?code=`: a path. Default: the problem itself is shown. */
  signInErrorPath?: string
  /** Where to go from the provider after a logout: a path. Default `/`. */
  loggedOutPath?: string
  /** How the provider sends the user back. `form_post`: nothing of it in a URL, and cookies of sign-ins are `SameSite=None`. Default `query`. */
  responseMode?: 'query' | 'form_post'
  /** `GET /logout?sid={session}` signs out, too: for links. Default false. */
  logoutLink?: boolean
  /** `GET /frontchannel-logout`, for frames of a provider on the same site. Default false. */
  frontchannelLogout?: boolean
  /** `/login?iss&target_link_uri` begins a sign-in for the provider or another site (OpenID Connect Core §4). Default false. */
  thirdPartySignIn?: boolean
  /** Is told what happens, for logs and metrics: never a token, a cookie or a claim. What it throws is not heard. */
  onEvent?: (event: BffEvent) => void
}

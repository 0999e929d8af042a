import { BFF_BASE_PATH } from '../bff-protocol.ts'
import { assertExtra } from '../oauth/authorization-request.ts'
import { checkResource, isLoopback, parseUrl } from '../oauth/endpoint.ts'
import { localPath } from '../oauth/local-path.ts'
import { checkClient } from './check-client.ts'
import { assertNames, checkNeed, isObjectList, isTexts } from './check-names.ts'
import { checkDpop } from './keys/check-dpop.ts'
import { checkKeys } from './keys/check-keys.ts'
import { NEED_NAMES, OPTION_NAMES } from './option-names.ts'
import type { BffOptions } from './options.ts'
import { checkSockets, type Socket } from './proxy/socket.ts'
import { checkUpstreams, type Upstream } from './proxy/upstream.ts'
import { assertStore } from './sessions/check-store.ts'
import { isInCookies } from './sessions/sealed-cookies.ts'

const HOUR_MS = 3_600_000
const DEFAULT_SCOPE = 'openid profile email offline_access'
const DEFAULT_CLAIMS = ['name', 'preferred_username', 'email', 'picture']
/** RFC 6265bis §4.1.1, and no dot: one separates the parts of our names. */
const COOKIE_NAME = /^[\w-]{1,40}$/

/** What follows from the options, checked. */
export type Settings = ReturnType<typeof checkOptions>

/** @throws TypeError that names the option: a backend that is set up wrong does not start */
export function checkOptions(options: BffOptions) {
  if (typeof options !== 'object' || !options) throw wrong('options', 'must be an object')
  assertNames('createBff: ', options, OPTION_NAMES)
  const client = checkClient(options)
  const { basePath = BFF_BASE_PATH, name = 'app', store } = options
  const { scope = DEFAULT_SCOPE, resource = [], claims = DEFAULT_CLAIMS } = options
  const { origin, development } = checkBaseUrl(options.baseUrl)
  if (store !== undefined && !isInCookies(store)) assertStore('createBff: store', store)
  if (!isTexts([basePath]) || !/^(\/[\w-]+)+$/.test(basePath))
    throw wrong('basePath', 'must be like /bff')
  if (!isTexts([name]) || !COOKIE_NAME.test(name)) {
    throw wrong('name', 'must be 1 to 40 letters, digits, _ or -')
  }
  const sameSite = oneOf('sameSite', options.sameSite, ['strict', 'lax'])
  if (typeof scope !== 'string' || !scope.split(' ').includes('openid')) {
    throw wrong('scope', 'must contain openid')
  }
  const offlineAccess = oneOf('offlineAccess', options.offlineAccess, ['scope', 'consent'])
  if (!isTexts(resource)) throw wrong('resource', 'must be a list of URIs')
  if (!isTexts(claims)) throw wrong('claims', 'must be a list of names')
  const responseMode = oneOf('responseMode', options.responseMode, ['query', 'form_post'])
  for (const name of ['onEvent', 'upstreamFetch'] as const) {
    const isRight = options[name] === undefined || typeof options[name] === 'function'
    if (!isRight) throw wrong(name, 'must be a function')
  }
  return {
    client,
    keys: checkKeys(options.keys),
    cookies: {
      ...{ name, development },
      sameSite: sameSite === 'lax' ? 'Lax' : 'Strict',
      // A form that another site sends brings no `Lax` cookie along. `None` must be `Secure`: on localhost all are one site.
      transaction: responseMode === 'form_post' && !development ? 'None' : 'Lax',
    } as const,
    responseMode,
    ...checkSwitches(options),
    limits: checkLimits(options),
    origin,
    basePath,
    scope,
    asksConsent: offlineAccess === 'consent',
    resource: checkResource(resource),
    claims: ['sub', ...claims],
    authorizationParameters: checkParameters(options.authorizationParameters),
    ...checkNeeds(options),
    dpop: checkDpop(options),
    upstreamFetch: options.upstreamFetch,
    signInErrorPath: pathOption(origin, 'signInErrorPath', options.signInErrorPath),
    loggedOutPath: pathOption(origin, 'loggedOutPath', options.loggedOutPath) ?? '/',
  }
}

/** `__Host-` cookies need https; browsers differ about `localhost`, which gets names of its own. */
function checkBaseUrl(baseUrl: string): { origin: string; development: boolean } {
  const url = parseUrl(baseUrl)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw wrong('baseUrl', 'must be the origin that browsers see, like https://app.example')
  }
  if (url.pathname !== '/' || url.search || url.hash) throw wrong('baseUrl', 'must have no path')
  const development = url.protocol === 'http:'
  if (development && !isLoopback(url)) {
    throw wrong('baseUrl', 'must be https: its cookies are Secure (http on localhost only)')
  }
  return { origin: url.origin, development }
}

function checkParameters(parameters: BffOptions['authorizationParameters'] = {}) {
  const isObject = typeof parameters === 'object' && parameters && !Array.isArray(parameters)
  if (!isObject || !Object.values(parameters).every((value) => typeof value === 'string')) {
    throw wrong('authorizationParameters', 'must be an object of texts')
  }
  try {
    assertExtra(parameters)
  } catch (error) {
    throw wrong('authorizationParameters', (error as TypeError).message.replace(/^extra: /, '.'))
  }
  return parameters
}

/** What is off until somebody wants it. */
function checkSwitches(options: BffOptions) {
  const { logoutLink = false, frontchannelLogout = false, thirdPartySignIn = false } = options
  const { userInfo = false } = options
  const switches = { logoutLink, frontchannelLogout, thirdPartySignIn, userInfo }
  for (const [name, value] of Object.entries(switches)) {
    if (typeof value !== 'boolean') throw wrong(name, 'must be true or false')
  }
  return switches
}

function checkLimits({ idleTimeoutMs = HOUR_MS, absoluteTimeoutMs = 10 * HOUR_MS }: BffOptions) {
  if (!isDuration(idleTimeoutMs))
    throw wrong('idleTimeoutMs', 'must be milliseconds, at least 1000')
  if (!isDuration(absoluteTimeoutMs)) {
    throw wrong('absoluteTimeoutMs', 'must be milliseconds, at least 1000')
  }
  return { idleMs: Math.min(idleTimeoutMs, absoluteTimeoutMs), absoluteMs: absoluteTimeoutMs }
}

/** @returns the keys of the needs that pages may have a token for */
function checkMediated(needs: BffOptions['mediated'] = []): ReadonlySet<string> {
  if (!isObjectList(needs)) throw wrong('mediated', 'must be a list of { resource, scope }')
  for (const need of needs) assertNames('createBff: mediated: ', need, NEED_NAMES)
  return new Set(needs.map((need) => checkNeed('createBff: mediated: ', need).key))
}

/** What access tokens are for. */
function checkNeeds({
  mediated,
  proxy,
  webSockets,
  maxWebSocketsPerSession = 32,
  store,
}: BffOptions) {
  if (!(Number.isSafeInteger(maxWebSocketsPerSession) && maxWebSocketsPerSession > 0)) {
    throw wrong('maxWebSocketsPerSession', 'must be a whole number, at least 1')
  }
  const needs = {
    mediated: checkMediated(mediated),
    upstreams: checkUpstreams(proxy),
    sockets: checkSockets(webSockets),
    maxWebSocketsPerSession,
  }
  if (isInCookies(store)) checkOneToken(needs)
  return needs
}

/** Every other token would be one more refresh that a page has to order, and more in every request. */
function checkOneToken(asked: {
  mediated: ReadonlySet<string>
  upstreams: readonly Upstream[]
  sockets: readonly Socket[]
}): void {
  const { mediated, upstreams, sockets } = asked
  const what =
    'sessions in cookies have one access token: no scope and no resource here, or a store'
  if ([...mediated].some((key) => key !== '')) throw wrong('mediated:', what)
  const others = (routes: readonly (Upstream | Socket)[]) =>
    routes.find(({ need }) => need.key !== '')
  const upstream = others(upstreams.filter(({ token }) => token !== 'none'))
  if (upstream) throw wrong(`proxy: ${upstream.name}:`, what)
  const socket = others(sockets)
  if (socket) throw wrong(`webSockets: ${socket.name}:`, what)
}

function pathOption(origin: string, name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  const local = isTexts([path]) && path.startsWith('/') ? localPath(origin, path) : undefined
  if (local === undefined) throw wrong(name, 'must be a path of the application')
  return local
}

/** @returns what was chosen; the first where nothing was */
function oneOf<T extends string>(
  option: string,
  value: T | undefined,
  [first, second]: readonly [T, T],
): T {
  const chosen = value ?? first
  if (value === null || (chosen !== first && chosen !== second)) {
    throw wrong(option, `must be '${first}' or '${second}'`)
  }
  return chosen
}

function isDuration(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1000
}

function wrong(option: string, what: string): TypeError {
  const separator = what.startsWith('.') ? '' : ' '
  return new TypeError(`createBff: ${option}${separator}${what}`)
}

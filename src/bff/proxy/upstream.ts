import { isLoopback, parseUrl } from '../../oauth/endpoint.ts'
import type { NormalNeed } from '../../renewal/token-need.ts'
import { assertNames, checkNeed, isObjectList } from '../check-names.ts'
import { PROXY_ROUTE_NAMES } from '../option-names.ts'
import type { ProxyRoute } from '../options.ts'

/** A proxy route, checked. */
export interface Upstream {
  name: string
  /** Without a slash at its end. */
  base: URL
  methods: readonly string[] | undefined
  token: 'required' | 'optional' | 'none'
  need: NormalNeed
  timeoutMs: number
  requestHeaders: ReadonlySet<string>
  responseHeaders: ReadonlySet<string>
  cache: boolean
}

const DEFAULT_TIMEOUT_MS = 30_000
const TOKEN_USES: unknown[] = ['required', 'optional', 'none']
/** What the backend sets itself, or keeps to itself, whatever a route lists. */
const NEVER =
  /^(cookie|set-cookie|authorization|dpop|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|content-length|x-csrf|x-session|forwarded|x-forwarded-.*|proxy-.*|access-control-.*|clear-site-data|sec-.*|origin)$/

/** Codings are between the upstream and who decodes them: `fetch`, or the page. */
const NEVER_UP = /^accept-encoding$/
/** An address of the upstream's is rewritten or refused, also where nothing redirects. */
const NEVER_DOWN = /^(content-encoding|location)$/

/** @throws TypeError */
export function checkUpstreams(routes: readonly ProxyRoute[] = []): Upstream[] {
  if (!isObjectList(routes)) throw wrong('must be a list of { name, upstream }')
  const upstreams = routes.map(checkUpstream)
  const names = upstreams.map(({ name }) => name)
  if (new Set(names).size < names.length) throw wrong('each name must be another')
  return upstreams
}

function checkUpstream(route: ProxyRoute): Upstream {
  const { name, upstream, methods, token = 'required', timeoutMs = DEFAULT_TIMEOUT_MS } = route
  if (typeof name !== 'string' || !/^[\w-]+$/.test(name)) {
    throw wrong('name must be letters, digits, _ or -')
  }
  assertNames(`createBff: proxy: ${name}: `, route, PROXY_ROUTE_NAMES)
  const base = parseUrl(upstream)
  const isHttp = base?.protocol === 'https:' || (base?.protocol === 'http:' && isLocal(base))
  if (!base || !isHttp || base.username || base.password || base.search || base.hash) {
    throw wrong(
      `${name}: upstream must be an https URL without query (http on this machine or in a private network)`,
    )
  }
  const areMethods = Array.isArray(methods) && methods.length > 0 && methods.every(isMethod)
  if (methods !== undefined && !areMethods) {
    throw wrong(`${name}: methods must be a list like ['GET', 'POST']`)
  }
  if (!['boolean', 'undefined'].includes(typeof route.cache)) {
    throw wrong(`${name}: cache must be true or false`)
  }
  if (!TOKEN_USES.includes(token)) throw wrong(`${name}: token must be required, optional or none`)
  if (!(timeoutMs > 0 && timeoutMs <= 600_000)) {
    throw wrong(`${name}: timeoutMs must be at most 600000`)
  }
  base.pathname = base.pathname.replace(/\/+$/, '')
  return {
    ...{ name, base, methods, token, timeoutMs },
    need: checkNeed(`createBff: proxy: ${name}: `, route),
    requestHeaders: headerNames(name, 'requestHeaders', route.requestHeaders, NEVER_UP),
    responseHeaders: headerNames(name, 'responseHeaders', route.responseHeaders, NEVER_DOWN),
    cache: route.cache === true,
  }
}

/** An access token goes unencrypted over this machine, or over names that no public network resolves. */
function isLocal(url: URL): boolean {
  // A colon is in IPv6 addresses alone.
  return isLoopback(url) || /^[^.:]+$|\.(internal|local|svc)$/.test(url.hostname)
}

function isMethod(method: unknown): boolean {
  return typeof method === 'string' && /^[A-Z]+$/.test(method)
}

function headerNames(
  route: string,
  option: 'requestHeaders' | 'responseHeaders',
  names: readonly string[] = [],
  never: RegExp,
): ReadonlySet<string> {
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw wrong(`${route}: ${option} must be a list of names`)
  }
  const lower = names.map((name) => name.toLowerCase())
  const refused = lower.find((name) => NEVER.test(name) || never.test(name))
  if (refused !== undefined) throw wrong(`${route}: ${option}: ${refused} never passes`)
  return new Set(lower)
}

function wrong(what: string): TypeError {
  return new TypeError(`createBff: proxy: ${what}`)
}

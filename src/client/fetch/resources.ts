import type { BFF_PATHS } from '../../bff-protocol.ts'
import { isLoopback } from '../../oauth/endpoint.ts'
import type { AccessTokenNeed } from '../tokens/access-token.ts'
import type { ProtectedResource } from '../options/options.ts'

/** Held to the protocol by its type: to import the value, every page in BFF mode would load a file more. */
const API_PATH: (typeof BFF_PATHS)['api'] = '/api/'

/** How often a path may have been encoded: what a server decodes once more must not be another path. */
const MAX_LAYERS = 4
/** Some cut a segment at its parameters (RFC 3986 §3.3) before they look at its dots. */
const DOTS = /(^|[/\\])\.\.?([/\\;]|$)/

/** One entry of `protectedResources`, in its one form. */
export interface Resource {
  /** Without a slash at the end. */
  prefix: string
  need: AccessTokenNeed
  /** Where the backend has it instead, without a slash at the end. */
  proxied?: string
}

/** Where one call goes. */
export interface Target {
  resource: Resource
  /** Absolute: the resource's own, or the backend's in its place. */
  url: string
}

export interface ResourcesOptions {
  protectedResources?: readonly (string | ProtectedResource)[] | undefined
  bff?: string | undefined
}

/** Which URLs get a token, and which one. What is not listed gets none (RFC 9700 §4.9.1). */
export class Resources {
  readonly #resources: Resource[]

  /** @param page what the option's paths are relative to @throws TypeError naming the option */
  constructor({ protectedResources = [], bff }: ResourcesOptions, page: string) {
    const backend = bff === undefined ? undefined : withoutSlash(new URL(bff, page).href)
    const resources = protectedResources.map((given) => toResource(given, page, backend))
    if (backend !== undefined) {
      const prefix = withoutSlash(backend + API_PATH)
      resources.push({ prefix, need: {}, proxied: prefix })
    }
    // A longer prefix says more.
    this.#resources = resources.sort((one, other) => other.prefix.length - one.prefix.length)
  }

  /** @throws TypeError naming the option: no call goes out without a token, and no token to somebody else */
  target(url: URL): Target {
    const resource = this.find(url)
    if (!resource) {
      throw new TypeError(
        `\`protectedResources\` does not list ${url.origin + url.pathname}: no access token is for it. Add it, or use fetch.`,
      )
    }
    const { prefix, proxied } = resource
    return {
      resource,
      url: proxied === undefined ? url.href : proxied + url.href.slice(prefix.length),
    }
  }

  find(url: URL): Resource | undefined {
    const path = url.origin + url.pathname
    const isPlain = !leavesPrefix(url.pathname)
    return isPlain
      ? this.#resources.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`))
      : undefined
  }
}

function toResource(
  given: string | ProtectedResource,
  page: string,
  backend: string | undefined,
): Resource {
  const { url, bff, ...need } = typeof given === 'string' ? { url: given } : given
  const parsed = new URL(url, page)
  const prefix = withoutSlash(parsed.origin + parsed.pathname)
  if (bff !== undefined) {
    if (backend === undefined) throw wrong(url, 'names a route of a backend, and there is no `bff`')
    return { prefix, need: {}, proxied: backend + API_PATH + bff }
  }
  // RFC 6750 §5.3: a token that anybody on the way can read is anybody's.
  const isSecure = parsed.protocol === 'https:' || isLoopback(parsed)
  if (!isSecure) throw wrong(url, 'must be https, or http on loopback')
  return { prefix, need }
}

function wrong(url: string, what: string): TypeError {
  return new TypeError(`createAuthClient: \`protectedResources\`: ${url} ${what}`)
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '')

/** Whether some server could take the path for one that is not below its prefix: `/api/..%2fother`. */
function leavesPrefix(path: string): boolean {
  let layer = path
  for (let depth = 0; depth < MAX_LAYERS; depth++) {
    if (DOTS.test(layer)) return true
    const decoded = layer.replace(/%([0-7][\da-f])/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    if (decoded === layer) return false
    layer = decoded
  }
  return true
}

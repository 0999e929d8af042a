import { AuthError } from '../errors.ts'

/**
 * An endpoint is https, or http on this very machine where its issuer is there, too (RFC 6749 §3.1, §3.2; RFC 9700
 * §2.6). A URL with credentials is none: `fetch` refuses it.
 * @param from who names it: the issuer, or the URL that redirects. Default: the URL speaks for itself
 * @returns the URL as it came. @throws AuthError
 */
export function assertSecureUrl(name: string, url: unknown, from = url): string {
  const parsed = parseUrl(url)
  if (!parsed) throw new AuthError('invalid_response', { message: `${name} is not a URL.` })
  const { protocol, username, password } = parsed
  const secure =
    protocol === 'https:' || (protocol === 'http:' && isLoopback(parsed) && isLoopback(from))
  if (!secure || username || password) {
    throw new AuthError('insecure_endpoint', {
      message: `${name} must be https, or http where the issuer is on localhost, and hold no credentials.`,
    })
  }
  return url as string
}

/** RFC 8252 §7.3, §8.3: this very machine. */
export function isLoopback(url: unknown): boolean {
  const { hostname = '' } = (url instanceof URL ? url : parseUrl(url)) ?? {}
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

export function parseUrl(url: unknown, base?: string): URL | undefined {
  try {
    return typeof url === 'string' ? new URL(url, base) : undefined
  } catch {
    return undefined
  }
}

/** RFC 8707 §2: absolute URIs without a fragment. @throws TypeError */
export function checkResource(resource: readonly string[] = []): readonly string[] {
  for (const uri of resource) {
    if (!parseUrl(uri) || uri.includes('#')) {
      throw new TypeError('`resource` must be absolute URIs without a fragment')
    }
  }
  return resource
}

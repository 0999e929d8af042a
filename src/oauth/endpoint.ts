import { AuthError } from '../errors.ts'

/** Origins: https, or http on this very machine (RFC 6749 §3.1, §3.2; RFC 9700 §2.6). */
const SECURE_ORIGIN = /^(https:|http:\/\/(localhost|127(\.\d+){3}|\[::1\])(:|$))/

/** @returns the URL as it came. @throws AuthError */
export function assertSecureUrl(name: string, url: unknown): string {
  const parsed = parseUrl(url)
  if (!parsed) throw new AuthError('invalid_response', { message: `${name} is not a URL.` })
  if (!SECURE_ORIGIN.test(parsed.origin)) {
    throw new AuthError('insecure_endpoint', { message: `${name} must be an https URL.` })
  }
  return url as string
}

export function parseUrl(url: unknown): URL | undefined {
  try {
    return typeof url === 'string' ? new URL(url) : undefined
  } catch {
    return undefined
  }
}

/** RFC 8707 §2: absolute URIs without a fragment. @throws TypeError */
export function checkResource(resource: readonly string[] = []): readonly string[] {
  for (const uri of resource) {
    if (!parseUrl(uri) || uri.includes('#')) {
      throw new TypeError('resource: must be absolute URIs without a fragment')
    }
  }
  return resource
}

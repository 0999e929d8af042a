/**
 * Where to go after a sign-in: a path of the origin of `base`, or undefined. Never another site (RFC 9700 §4.11.1),
 * never `javascript:`.
 */
export function localPath(base: string, target: string): string | undefined {
  try {
    const current = new URL(base)
    const url = new URL(target, current)
    // A path that begins with two slashes is another host to the next reader; `blob:` has no path.
    const isPath = url.pathname.startsWith('/') && !/^\/[/\\]/.test(url.pathname)
    if (url.origin !== current.origin || !isPath) return undefined
    return url.pathname + url.search + url.hash
  } catch {
    return undefined
  }
}

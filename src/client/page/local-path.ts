import type { PageEnvironment } from './environment.ts'

/** A path of this origin, or undefined: never another site (RFC 9700 §4.11.1), never `javascript:`. */
export function localPath(
  page: Pick<PageEnvironment, 'location'>,
  target: string,
): string | undefined {
  try {
    const current = new URL(page.location.href)
    const url = new URL(target, current)
    // A path that begins with two slashes is another host to the next reader; `blob:` has no path.
    const isPath = url.pathname.startsWith('/') && !/^\/[/\\]/.test(url.pathname)
    if (url.origin !== current.origin || !isPath) return undefined
    return url.pathname + url.search + url.hash
  } catch {
    return undefined
  }
}

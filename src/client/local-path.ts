import type { PageEnvironment } from './page/environment.ts'

/** A path of this origin, or undefined: never another site (RFC 9700 §4.11.1), never `javascript:`. */
export function localPath(env: PageEnvironment, target: string): string | undefined {
  try {
    const here = new URL(env.location.href)
    const there = new URL(target, here)
    // A path that begins with two slashes is another host to whoever reads it next; `blob:` has no path.
    return there.origin === here.origin && /^\/(?![/\\])/.test(there.pathname)
      ? there.pathname + there.search + there.hash
      : undefined
  } catch {
    return undefined
  }
}

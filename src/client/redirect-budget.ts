import type { PageEnvironment } from './page/environment.ts'

const WINDOW = 60_000
const MOST = 2

/**
 * Redirects that no person asked for: at most two a minute in a tab, over all navigations, so that no
 * mistake of an app or a provider can make a loop. Without storage there are none.
 * @returns whether this one may go.
 */
export function spendRedirect(env: PageEnvironment, name: string): boolean {
  const now = env.now()
  const spent = (env.sessionStorage.get(name) ?? '')
    .split(' ')
    .filter((at) => at && Math.abs(now - Number(at)) < WINDOW)
  return spent.length < MOST && env.sessionStorage.set(name, [...spent, now].join(' '))
}

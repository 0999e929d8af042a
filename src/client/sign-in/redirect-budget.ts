import type { PageEnvironment } from '../page/environment.ts'

const BUDGET_WINDOW_MS = 60_000
const MAX_REDIRECTS = 2

/**
 * Redirects that no person asked for: at most two a minute in a tab, over all navigations, so that no
 * mistake of an app or a provider can make a loop. Without storage there are none, for nothing would count them.
 * @param prefix of this client's names in storage
 * @returns whether this one may go
 */
export function spendRedirect(
  page: Pick<PageEnvironment, 'now' | 'sessionStorage'>,
  prefix: string,
): 'allowed' | 'spent' | 'uncounted' {
  const name = `${prefix}.redirects`
  const now = page.now()
  const spent = (page.sessionStorage.get(name) ?? '')
    .split(' ')
    .filter((at) => at && Math.abs(now - Number(at)) < BUDGET_WINDOW_MS)
  if (spent.length >= MAX_REDIRECTS) return 'spent'
  return page.sessionStorage.set(name, [...spent, now].join(' ')) ? 'allowed' : 'uncounted'
}

import { CSRF_HEADER, CSRF_HEADER_VALUE } from '../../bff-protocol.ts'
import { parseUrl } from '../../oauth/endpoint.ts'
import { ProblemError } from './problem.ts'
import type { BffRequest } from './exchange.ts'

const SAFE_METHODS = ['GET', 'HEAD']

/**
 * A request of the application's own pages, and of nobody else's: three checks, each of which another site's page
 * fails (OAuth 2.0 for Browser-Based Applications §6.1.3.3). GET included, before anything is looked up.
 * @param origin the application's
 */
export function assertOwnPage({ headers, method }: BffRequest, origin: string): void {
  // A page of another origin needs a CORS preflight for it, which is never answered.
  if (headers.get(CSRF_HEADER) !== CSRF_HEADER_VALUE) throw new ProblemError('csrf_rejected')
  const site = headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin') throw new ProblemError('csrf_rejected')
  const from = headers.get('origin')
  if (!SAFE_METHODS.includes(method) && from !== null && from !== origin) {
    throw site === null ? new ProblemError('csrf_rejected') : baseUrlError(origin)
  }
}

/**
 * A page that the browser says is of the handler's origin, and whose own is another than `baseUrl`: that option is wrong.
 * The provider would send the user back to an origin which has no cookie of this sign-in.
 */
export function assertBaseUrl({ headers }: BffRequest, origin: string): void {
  const page = parseUrl(headers.get('referer') ?? '')
  if (headers.get('sec-fetch-site') === 'same-origin' && page && page.origin !== origin) {
    throw baseUrlError(origin)
  }
}

const baseUrlError = (origin: string) =>
  new ProblemError('csrf_rejected', {
    title: `This page is of another origin than \`baseUrl\`, which is ${origin}. Browsers must see the application there, letter for letter.`,
  })

/** Headers by which browsers and frameworks say that they fetch ahead what nobody has asked for yet. */
const PREFETCH_HEADERS: Record<string, RegExp> = {
  'sec-purpose': /prefetch|prerender/,
  purpose: /prefetch|preview/,
  'x-moz': /prefetch/,
  'x-purpose': /prefetch|preview/,
  'next-router-prefetch': /./,
  'x-middleware-prefetch': /./,
}

export function isPrefetch({ headers }: BffRequest): boolean {
  return Object.entries(PREFETCH_HEADERS).some(([name, value]) =>
    value.test(headers.get(name) ?? ''),
  )
}

/** Whether a person goes there, as far as the browser says: no image, no frame, no script of a page's. */
export function isNavigation({ headers }: BffRequest): boolean {
  return (headers.get('sec-fetch-dest') ?? 'document') === 'document'
}

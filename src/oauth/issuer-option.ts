import { isLoopback, parseUrl } from './endpoint.ts'

/** What is wrong with the option `issuer`, for a message that names it; undefined where nothing is. */
export function issuerMistake(issuer: unknown): string | undefined {
  const url = parseUrl(issuer)
  if (!url) return 'must be an absolute URL'
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) {
    return 'must be https, or http on loopback'
  }
  // OpenID Connect Discovery §3.
  if (url.search || url.hash) return 'must have no query and no fragment'
  if (/\/\.well-known\//.test(url.pathname)) return 'is the part before /.well-known/'
  return undefined
}

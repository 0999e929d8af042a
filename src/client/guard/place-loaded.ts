import type { RequireSessionOptions } from '../auth-client.ts'

/**
 * Where a user comes back to who signs in to see what is being loaded: a path of this origin as the address bar will have
 * it, a router's basename included.
 * @param href of the page
 * @returns undefined where the router tells of no place: where the page is
 */
export function placeLoaded(href: string, options: RequireSessionOptions): string | undefined {
  const { returnTo, location, request, hashRouter } = options
  if (returnTo !== undefined) return returnTo
  const given = location ? (location.publicHref ?? location.href) : request?.url
  if (given === undefined) return undefined
  const page = new URL(href)
  const url = new URL(given, page)
  // The places of a router in memory are in no address bar.
  if (url.origin !== page.origin) return undefined
  const path = url.pathname + url.search
  const before = page.pathname + page.search
  // Of a router in the fragment, a request has the path without the page that it is in.
  if (hashRouter ?? page.hash.startsWith('#/')) return `${before}#${path}${url.hash}`
  // A request has no fragment (RFC 9110 §7.1), the page that is loaded may have one.
  return path + (path === before && !url.hash ? page.hash : url.hash)
}

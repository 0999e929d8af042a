/** How often a path may have been encoded: what an upstream decodes once more must not be another path. */
const MAX_LAYERS = 4
/** A backslash is a slash to some; a control character ends a line, or a text. */
const MEANS_SOMETHING_ELSE = /\\|\p{Cc}/u
/** Some cut a segment at its parameters (RFC 3986 §3.3) before they look at its dots: `..;/` is `../` to them. */
const DOTS = /^\.\.?(;|$)/

/**
 * Where a request goes: below the upstream's own path, whatever is in it.
 * @param rest of the path, behind the name of the route; it begins with a slash, or is empty
 * @returns undefined for a path that some reader could take for another one
 */
export function upstreamUrl(base: URL, rest: string, search: string): URL | undefined {
  if (!isPlainPath(rest)) return undefined
  const url = new URL(base.origin + base.pathname.replace(/\/$/, '') + rest + search)
  const prefix = base.pathname === '/' ? '/' : base.pathname
  const isBelow =
    url.pathname === prefix || url.pathname.startsWith(prefix === '/' ? '/' : `${prefix}/`)
  return url.origin === base.origin && isBelow ? url : undefined
}

function isPlainPath(rest: string): boolean {
  if (rest !== '' && !rest.startsWith('/')) return false
  // A name of a host, to some.
  if (rest.startsWith('//')) return false
  const slashes = rest.split('/').length
  let layer = rest
  for (let depth = 0; depth < MAX_LAYERS; depth++) {
    const segments = layer.split('/')
    // An encoded slash makes segments out of one.
    if (segments.length !== slashes || MEANS_SOMETHING_ELSE.test(layer)) return false
    if (segments.some((segment) => DOTS.test(segment))) return false
    // In a layer below, a percent sign that encodes nothing is text that somebody encoded.
    const decoded = decodeOnce(layer) ?? (depth > 0 ? decodeAscii(layer) : undefined)
    if (decoded === undefined) return false
    if (decoded === layer) return true
    layer = decoded
  }
  return false
}

/** @returns undefined where there is a percent sign that encodes nothing */
function decodeOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** As those decode who leave alone what encodes nothing. */
function decodeAscii(text: string): string {
  return text.replace(/%([0-7][\da-f])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

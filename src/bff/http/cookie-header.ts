/**
 * The `Cookie` header (RFC 6265 §5.4) as name → values. No library's: all take one of several cookies of the same
 * name, and two of ours mean that somebody planted one. A cookie without a name is nobody's, and quotes mean nothing
 * (RFC 6265 §4.1.1): no value reaches across a semicolon.
 */
export function readCookies(header: string | null): Map<string, string[]> {
  const cookies = new Map<string, string[]>()
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, Math.max(at, 0)).trim()
    if (!name) continue
    const values = cookies.get(name)
    const value = pair.slice(at + 1).trim()
    // A header may be thousands of cookies of one name: no list is made anew for each.
    if (values) values.push(value)
    else cookies.set(name, [value])
  }
  return cookies
}

import type { PageEnvironment } from './environment.ts'

/** A redirect back from the provider that is ours. */
export interface RedirectBack {
  state: string
  /** The query as it came: the vault checks it. */
  parameters: string
}

/** What an authorization response may bring (RFC 6749 §4.1.2, RFC 9207 §2, OpenID Connect Session Management §2). */
const OF_THE_RESPONSE = 'code state iss error error_description error_uri session_state'.split(' ')

/** `et.` + hash of issuer and client id + `.` + 128 random bits. */
export function newState(mark: string): string {
  const random = crypto.getRandomValues(new Uint8Array(16))
  return `et.${mark}.${Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/**
 * Takes an authorization response of ours out of the address bar, before a router or a child reads it
 * (RFC 9700 §4.2.4). Other people's `code` and `state`, and ours on another path, are left alone.
 */
export function takeRedirectBack(
  env: PageEnvironment,
  redirectUri: string,
  mark: string,
): RedirectBack | undefined {
  const here = new URL(env.href())
  const back = new URL(redirectUri)
  if (here.origin !== back.origin || here.pathname !== back.pathname) return undefined
  const state = here.searchParams.get('state')
  if (!state?.startsWith(`et.${mark}.`)) return undefined
  const parameters = here.search
  for (const name of OF_THE_RESPONSE) here.searchParams.delete(name)
  env.replace(here.pathname + here.search + here.hash)
  return { state, parameters }
}

/** A path of this origin, or undefined: never another site (RFC 9700 §4.11.1), never `javascript:`. */
export function localPath(env: PageEnvironment, target: string): string | undefined {
  try {
    const here = new URL(env.href())
    const there = new URL(target, here)
    // A path that begins with two slashes is another host to whoever reads it next.
    return there.origin === here.origin && !/^[/\\]{2}/.test(there.pathname)
      ? there.pathname + there.search + there.hash
      : undefined
  } catch {
    return undefined
  }
}

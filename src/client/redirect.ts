import type { Core } from './core.ts'
import type { PageEnvironment } from './page/environment.ts'

/** A redirect back from the provider that is ours. */
export interface RedirectBack {
  state: string
  /** The query as it came: the vault checks it. */
  parameters: string
}

/** What an authorization response may bring (RFC 6749 §4.1.2, RFC 9207 §2, OpenID Connect Session Management §2). */
const OF_THE_RESPONSE = 'code state iss error error_description error_uri session_state'

export function redirectUriOf(
  env: PageEnvironment,
  { redirectUri = '/' }: { redirectUri?: string | undefined },
): URL {
  return new URL(redirectUri, env.location.href)
}

/**
 * Takes an authorization response of ours out of the address bar, before a router or a child reads it
 * (RFC 9700 §4.2.4). Other people's `code` and `state`, and ours on another path, are left alone.
 */
export function takeRedirectBack<User>({
  env,
  options,
  settings,
}: Core<User>): RedirectBack | undefined {
  const here = new URL(env.location.href)
  const { searchParams, search } = here
  const state = searchParams.get('state')
  if (!state?.startsWith(`et.${settings.mark}.`)) return undefined
  const path = ({ origin, pathname }: URL) => origin + pathname
  if (path(here) !== path(redirectUriOf(env, options))) return undefined
  for (const name of OF_THE_RESPONSE.split(' ')) searchParams.delete(name)
  try {
    env.replaceUrl(here.href)
  } catch {
    // Too often within a moment, says the browser: the response is taken all the same.
  }
  return { state, parameters: search }
}

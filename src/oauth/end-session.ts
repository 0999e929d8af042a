import type { FrontChannelParty } from './relying-party.ts'

export interface EndSessionParameters {
  idTokenHint?: string | undefined
  postLogoutRedirectUri?: string | undefined
  /** Comes back with the user. Default: a random one, for a provider that does not send the user back without it. */
  state?: string | undefined
  /** Further parameters of the provider's own (Cognito's `logout_uri`); ours cannot be overridden. */
  parameters?: Readonly<Record<string, string>> | undefined
}

const OURS = ['client_id', 'id_token_hint', 'post_logout_redirect_uri', 'state']

/** Longer ones are refused by servers and proxies; an ID token with many groups alone makes them so. */
const MAX_URL_LENGTH = 6000

/** @throws TypeError */
export function checkEndSessionParameters(
  parameters: Readonly<Record<string, unknown>>,
): asserts parameters is Record<string, string> {
  for (const [name, value] of Object.entries(parameters)) {
    if (OURS.includes(name) || typeof value !== 'string') {
      throw new TypeError(`parameters: ${name} is set by us, or not a string`)
    }
  }
}

/**
 * OpenID Connect RP-Initiated Logout §2.
 * @returns undefined where the provider has no such endpoint. @throws TypeError
 */
export function endSessionUrl(
  { client, metadata: { end_session_endpoint } }: FrontChannelParty,
  { idTokenHint, postLogoutRedirectUri, state, parameters = {} }: EndSessionParameters,
): string | undefined {
  checkEndSessionParameters(parameters)
  if (!end_session_endpoint) return undefined
  const url = withParameters(end_session_endpoint, {
    ...parameters,
    client_id: client.clientId,
    post_logout_redirect_uri: postLogoutRedirectUri,
    state: state ?? crypto.randomUUID(),
  })
  const withHint = withParameters(url, { id_token_hint: idTokenHint })
  // Without it the provider may ask the user, and that is better than an error page.
  const hintIsTooLong = withHint.length > MAX_URL_LENGTH && url.length <= MAX_URL_LENGTH
  return hintIsTooLong ? url : withHint
}

function withParameters(endpoint: string, parameters: Record<string, string | undefined>): string {
  const url = new URL(endpoint)
  for (const [name, value] of Object.entries(parameters)) {
    if (value) url.searchParams.set(name, value)
  }
  return url.href
}

import type { PageEnvironment } from '../page/environment.ts'
import { signedOutState } from '../session/signed-out-state.ts'
import type { RedirectBack } from './sign-in-flow.ts'
import { readRecords } from './stored-records.ts'

/** What an authorization response may bring (RFC 6749 §4.1.2, RFC 9207 §2, OpenID Connect Session Management §2). */
const RESPONSE_PARAMETERS = [
  'code',
  'state',
  'iss',
  'error',
  'error_description',
  'error_uri',
  'session_state',
]

type Page = Pick<PageEnvironment, 'location' | 'replaceUrl' | 'sessionStorage'>

export function resolveRedirectUri(
  page: Pick<PageEnvironment, 'location'>,
  { redirectUri = '/' }: { redirectUri?: string | undefined },
): URL {
  return new URL(redirectUri, page.location.href)
}

/** Every `state` of ours begins so: tells our responses from other libraries', and clients from each other. */
export const statePrefix = (mark: string): string => `et.${mark}.`

/**
 * Takes an authorization response of ours out of the address bar, before a router or a child reads it
 * (RFC 9700 §4.2.4). Other libraries' `code` and `state` are left alone. A host may have rewritten the path: a sign-in that
 * this tab began is taken up wherever on this origin its answer lands.
 */
export function takeRedirectBack(
  page: Page,
  options: { redirectUri?: string | undefined },
  { mark, name }: { mark: string; name: string },
): RedirectBack | undefined {
  const url = new URL(page.location.href)
  const { searchParams, search } = url
  const state = searchParams.get('state')
  // The way back from a sign-out says nothing that the client does not know.
  if (state === signedOutState(name)) cleanAddressBar(page, url)
  if (!state?.startsWith(statePrefix(mark))) return undefined
  const redirectUri = resolveRedirectUri(page, options)
  const isExpected = url.origin === redirectUri.origin && url.pathname === redirectUri.pathname
  if (!isExpected && !(state in readRecords(page.sessionStorage, name))) return undefined
  cleanAddressBar(page, url)
  return { state, parameters: search }
}

function cleanAddressBar(page: Page, url: URL): void {
  for (const name of RESPONSE_PARAMETERS) url.searchParams.delete(name)
  try {
    page.replaceUrl(url.href)
  } catch {
    // The browser refuses when it is done too often within a moment: the response is taken all the same.
  }
}

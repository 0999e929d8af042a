import { AuthError } from '../../errors.ts'
import type { AccessTokenOptions } from '../auth-client.ts'
import { abortable } from '../promises.ts'
import type { TokenCache } from './token-cache.ts'

/**
 * A token that is valid now: the one at hand, or the vault's.
 * @param signedIn settles when a user is signed in: the one the page showed, if it showed one. @throws AuthError
 */
export async function getAccessToken(
  tokens: TokenCache,
  signedIn: () => Promise<unknown>,
  options: AccessTokenOptions = {},
): Promise<string> {
  const { minValidity, forceRefresh, signal } = options
  const entry = tokens.find(options)
  const held = forceRefresh || signal?.aborted ? undefined : entry?.held(minValidity)
  return held ?? abortable(signal, () => requestToken(tokens, signedIn, options))
}

async function requestToken(
  tokens: TokenCache,
  signedIn: () => Promise<unknown>,
  options: AccessTokenOptions,
): Promise<string> {
  const entry = tokens.entry(options)
  await signedIn()
  const { minValidity = entry.defaultMinValidity, forceRefresh } = options
  const { session } = tokens
  try {
    return await entry.request({ minValidity, forceRefresh })
  } catch (error) {
    if (session !== tokens.session || options.minValidity !== undefined) throw error
    // The default is a wish: a token that is still valid is better than none.
    const token = entry.held(0)
    if (token !== undefined && !forceRefresh) return token
    // Those who read the token as a value learn of it too.
    const isKnown = error instanceof AuthError && error.code !== 'user_mismatch'
    if (isKnown && token === undefined) entry.failed(error)
    throw error
  }
}
